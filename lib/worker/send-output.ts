import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { OpenPart, UploadOutput } from '../client/transfer.ts'
import type { Verbs } from '../client/verbs.ts'
import { LedgerError } from '../run/errors.ts'
import type { RunOutput } from '../run/run-output.ts'

/** Bytes, text, a file on this machine, or a stream (which is kept in a file until it is sent). */
export type OutputBody = Uint8Array | string | { file: string } | AsyncIterable<Uint8Array | string>

type Upload = Verbs['uploadOutput']

/** Where an output goes, in whose name, and what breaks it off. */
export interface OutputPlace {
  id: string
  leaseToken: string
  path: string
  contentType?: string | undefined
  signal: AbortSignal
}

/** Sends a file as one of a run's outputs: whole or not at all. Throws as the ledger does, and `invalid` for what cannot be read. */
export async function sendOutput(upload: Upload, place: OutputPlace, body: OutputBody): Promise<RunOutput> {
  if (typeof body === 'string') return await sendBytes(upload, place, Buffer.from(body))
  if (body instanceof Uint8Array) return await sendBytes(upload, place, body)
  if ('file' in body) return await sendFile(upload, place, body.file)
  const folder = await mkdtemp(join(tmpdir(), 'runledger-output-'))
  try {
    const file = join(folder, 'output')
    await pipeline(body, createWriteStream(file, { mode: 0o600 }), { signal: place.signal })
    return await sendFile(upload, place, file)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function sendBytes(upload: Upload, place: OutputPlace, bytes: Uint8Array): Promise<RunOutput> {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const open = async function* (start: number, end: number) {
    if (start < end) yield bytes.subarray(start, end)
  }
  return await send(upload, place, { bytes: bytes.length, sha256 }, open)
}

async function sendFile(upload: Upload, place: OutputPlace, file: string): Promise<RunOutput> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const piece of readPart(file, 0, Number.POSITIVE_INFINITY)) {
    place.signal.throwIfAborted()
    hash.update(piece)
    bytes += piece.length
  }
  const open: OpenPart = (start, end) => readPart(file, start, end)
  return await send(upload, place, { bytes, sha256: hash.digest('hex') }, open)
}

async function send(
  upload: Upload,
  { signal, contentType, ...place }: OutputPlace,
  size: Pick<UploadOutput, 'bytes' | 'sha256'>,
  open: OpenPart,
): Promise<RunOutput> {
  const input = { ...place, ...size, ...(contentType === undefined ? {} : { contentType }) }
  return await upload(input, open, { signal })
}

async function* readPart(file: string, start: number, end: number): AsyncGenerator<Uint8Array> {
  if (start === end) return
  try {
    yield* createReadStream(file, { start, end: end - 1, highWaterMark: 256 * 1024 })
  } catch (cause) {
    throw new LedgerError('invalid', `${file} cannot be read: ${(cause as Error).message}`, { cause })
  }
}
