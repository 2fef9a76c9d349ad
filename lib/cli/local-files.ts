import { download } from '../client/download.ts'
import {
  type DownloadArchive,
  type DownloadOutput,
  notAsRecorded,
  type OpenPart,
  type TransferOptions,
  type UploadOutput,
  wholeFile,
} from '../client/transfer.ts'
import { getArchive } from '../ledger/archives/get-archive.ts'
import { openOutput } from '../ledger/outputs/open-output.ts'
import { putOutput } from '../ledger/outputs/put-output.ts'
import type { Context } from '../ports/context.ts'
import { LedgerError } from '../run/errors.ts'
import type { RunOutput } from '../run/run-output.ts'

/** A file into this machine's own store, in one step. */
export function uploadLocal(
  ctx: Context,
  { bytes, sha256, ...output }: UploadOutput,
  open: OpenPart,
  options: TransferOptions = {},
): Promise<RunOutput> {
  const changed = () =>
    new LedgerError('invalid', `${output.path} has changed while it was read; send it again`)
  const source = wholeFile(open(0, bytes), { bytes, sha256 }, changed)
  return putOutput(ctx, output, watched(source, options))
}

/** A file out of it. */
export async function downloadLocal(
  ctx: Context,
  { id, path, bytes, sha256 }: DownloadOutput,
  options: TransferOptions = {},
): Promise<AsyncIterable<Uint8Array>> {
  const { body } = await openOutput(ctx, { id, path })
  return watched(
    wholeFile(body, { bytes, sha256 }, () => notAsRecorded(path)),
    options,
  )
}

/** A run's archive, from the bucket. */
export function downloadArchiveLocal(
  ctx: Context,
  { id, ...archive }: DownloadArchive,
  options: TransferOptions = {},
): Promise<AsyncIterable<Uint8Array>> {
  const place = async () => (await getArchive(ctx, { id })).url
  return download({}, { ...archive, place }, options)
}

async function* watched(
  source: AsyncIterable<Uint8Array>,
  { onProgress, signal }: TransferOptions,
): AsyncGenerator<Uint8Array> {
  let done = 0
  for await (const piece of source) {
    signal?.throwIfAborted()
    yield piece
    done += piece.length
    onProgress?.(done)
  }
}
