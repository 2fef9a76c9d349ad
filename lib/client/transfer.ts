import { createHash } from 'node:crypto'
import type { AddOutput } from '../ledger/outputs/add-output.ts'
import { LedgerError } from '../run/errors.ts'
import type { RunOutput } from '../run/run-output.ts'

/** A file that is to become a run's, in the name of whoever holds the run. */
export type UploadOutput = AddOutput & { id: string }

/** The bytes of a file from `start` up to but not `end`. May be called again for the same part. */
export type OpenPart = (start: number, end: number) => AsyncIterable<Uint8Array>

export interface TransferOptions {
  /** Told how many bytes have gone, of all; less than before where something has to go again. */
  onProgress?: (bytes: number) => void
  /** Breaks it off. */
  signal?: AbortSignal
}

/** A file of a run, as it is listed. */
export type DownloadOutput = Pick<RunOutput, 'path' | 'bytes' | 'sha256'> & { id: string }

/** A run's archive, as the run has it: `archiveBytes` and `archiveSha256`. */
export interface DownloadArchive {
  id: string
  /** What it is called, such as `20260113_143052_01KBQK….tar.gz`. */
  name: string
  bytes: number
  sha256: string | null
}

/** A store that says nothing for so long, or takes nothing, has gone. */
export const TRANSFER_SILENCE_MS = 60_000

/** The pieces of a part, which must have the length that it was said to have: a file may change while it is read. */
export async function* wholePart(
  source: AsyncIterable<Uint8Array>,
  { path, bytes }: { path: string; bytes: number },
): AsyncGenerator<Uint8Array> {
  let left = bytes
  for await (const piece of source) {
    left -= piece.length
    if (left < 0) break
    yield piece
  }
  if (left !== 0) throw new LedgerError('invalid', `${path} has changed while it was read; send it again`)
}

/** The pieces of a file, which must be as recorded or announced; else it throws with the last of them, by `wrong`. */
export async function* wholeFile(
  source: AsyncIterable<Uint8Array>,
  { bytes, sha256 }: { bytes: number; sha256?: string | null | undefined },
  wrong: () => LedgerError,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let length = 0
  for await (const piece of source) {
    length += piece.length
    hash.update(piece)
    yield piece
  }
  const isSame = sha256 == null || hash.digest('hex') === sha256.toLowerCase()
  if (length !== bytes || !isSame) throw wrong()
}

/** What a file is called that has other bytes than are known of it. */
export const notAsRecorded = (path: string) =>
  new LedgerError('unavailable', `${path} is not as it was recorded: its length or its sha256 is another`)
