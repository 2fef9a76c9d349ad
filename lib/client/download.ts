import { isLedgerError, LedgerError } from '../run/errors.ts'
import { Limit } from './limit.ts'
import { Patience } from './patience.ts'
import { readBody } from './read-body.ts'
import { type RemoteOptions, TIMEOUT_MS } from './request.ts'
import { storeAnswer, storeGone } from './store-errors.ts'
import { notAsRecorded, TRANSFER_SILENCE_MS, type TransferOptions, wholeFile } from './transfer.ts'

/** The object is not the one that was begun with. */
const CHANGED = 412

/** A file, wherever it is. */
export interface Download {
  /** Asked before each request for bytes, for where it is for a while, or for the bytes themselves. */
  place: (range: Record<string, string>, limit: Limit) => Promise<string | Begun>
  /** What it is called, where something is wrong with it. */
  name: string
  /** As recorded. */
  bytes: number
  sha256: string | null
}

/** An answer that has the bytes, and where it came from. */
export interface Begun {
  url: string
  response: Response
}

/**
 * Gets a file from where its place is said to be. What breaks off is taken up again where it was. Bytes that are not as recorded throw
 * `unavailable`, at the latest after the last of them.
 */
export async function download(
  options: DownloadOptions,
  file: Download,
  { onProgress, signal }: TransferOptions = {},
): Promise<AsyncIterable<Uint8Array>> {
  const patience = new Patience([options.signal, signal])
  const begin: Begin = (from, etag) => openPart(options, { file, from, etag, signal })
  const first = await begin(0, null).catch(async (error) => {
    // Whoever gets many files may be asked to slow down.
    if (!isLedgerError(error) || error.code !== 'limited') throw error
    await patience.wait(error)
    return begin(0, null)
  })
  const body = read(begin, first, file, { patience, onProgress })
  return wholeFile(body, file, () => notAsRecorded(file.name))
}

type DownloadOptions = Pick<RemoteOptions, 'signal' | 'timeoutMs' | 'fetch'>

interface Part {
  etag: string | null
  body: AsyncIterable<Uint8Array>
}

/** The file from a byte on; null where it is another file by now. */
type Begin = (from: number, etag: string | null) => Promise<Part | null>

async function* read(
  begin: Begin,
  first: Part | null,
  { name, bytes }: Download,
  { patience, onProgress }: { patience: Patience; onProgress: TransferOptions['onProgress'] },
): AsyncGenerator<Uint8Array> {
  const again = async (from: number): Promise<Part | null> => {
    for (;;)
      try {
        return await begin(from, first?.etag ?? null)
      } catch (error) {
        await patience.wait(error)
      }
  }
  let part = first
  for (let from = 0; part !== null; part = await again(from))
    try {
      for await (const piece of part.body) {
        from += piece.length
        yield piece
        patience.went()
        onProgress?.(from)
      }
      if (from >= bytes) return
      throw new LedgerError('unavailable', `${name} ended after ${from} bytes of ${bytes}`)
    } catch (error) {
      await patience.wait(error)
    }
  throw notAsRecorded(name)
}

interface Asked {
  file: Download
  from: number
  etag: string | null
  signal: AbortSignal | undefined
}

async function openPart(options: DownloadOptions, { file, from, etag, signal }: Asked): Promise<Part | null> {
  const limit = new Limit([options.signal, signal])
  limit.endsIn(options.timeoutMs ?? TIMEOUT_MS)
  try {
    const range: Record<string, string> =
      from === 0 ? {} : { range: `bytes=${from}-`, ...(etag === null ? {} : { 'if-match': etag }) }
    const place = await file.place(range, limit)
    const { url, response } =
      typeof place === 'string' ? await fromStore(options, { url: place, range }, limit) : place
    if (response.status === CHANGED) {
      await response.body?.cancel()
      limit.release()
      return null
    }
    if (response.status !== (from === 0 ? 200 : 206) || response.body === null)
      throw await storeAnswer(url, response)
    const gone = (cause: Error) => storeGone(url, cause)
    const body = readBody(response.body, limit, { silenceMs: TRANSFER_SILENCE_MS, gone })
    return { etag: response.headers.get('etag'), body }
  } catch (error) {
    limit.release()
    throw error
  }
}

async function fromStore(
  { fetch: send = fetch }: DownloadOptions,
  { url, range }: { url: string; range: Record<string, string> },
  limit: Limit,
): Promise<Begun> {
  limit.endsIn(TRANSFER_SILENCE_MS)
  const response = await send(url, { headers: range, redirect: 'manual', signal: limit.signal }).catch(
    (cause) => {
      throw storeGone(url, cause)
    },
  )
  return { url, response }
}
