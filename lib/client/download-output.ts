import { isLedgerError, LedgerError } from '../run/errors.ts'
import { Limit } from './limit.ts'
import { Patience } from './patience.ts'
import { readBody } from './read-body.ts'
import { type Open, type RemoteOptions, readAnswer, TIMEOUT_MS } from './request.ts'
import { runPath } from './run-calls.ts'
import { storeAnswer, storeGone } from './store-errors.ts'
import {
  type DownloadOutput,
  notAsRecorded,
  TRANSFER_SILENCE_MS,
  type TransferOptions,
  wholeFile,
} from './transfer.ts'
import type { Verbs } from './verbs.ts'

/** The object is not the one that was begun with. */
const CHANGED = 412

/** Gets a file from where the server says. What breaks off is taken up again where it was. */
export function downloadRemote(open: Open, options: RemoteOptions): Verbs['downloadOutput'] {
  return async (output, { onProgress, signal } = {}) => {
    const patience = new Patience([options.signal, signal])
    const begin: Begin = (at, etag) => openPart(open, options, { output, at, etag, signal })
    const first = await begin(0, null).catch(async (error) => {
      // Whoever gets many files may be asked to slow down.
      if (!isLedgerError(error) || error.code !== 'limited') throw error
      await patience.wait(error)
      return begin(0, null)
    })
    const body = read(begin, first, output, { patience, onProgress })
    return wholeFile(body, output, () => notAsRecorded(output.path))
  }
}

interface Part {
  etag: string | null
  body: AsyncIterable<Uint8Array>
}

/** The file from a byte on; null where it is another file by now. */
type Begin = (at: number, etag: string | null) => Promise<Part | null>

async function* read(
  begin: Begin,
  first: Part | null,
  { path, bytes }: DownloadOutput,
  { patience, onProgress }: { patience: Patience; onProgress: TransferOptions['onProgress'] },
): AsyncGenerator<Uint8Array> {
  const again = async (at: number): Promise<Part | null> => {
    for (;;)
      try {
        return await begin(at, first?.etag ?? null)
      } catch (error) {
        await patience.wait(error)
      }
  }
  let part = first
  for (let at = 0; part !== null; part = await again(at))
    try {
      for await (const piece of part.body) {
        at += piece.length
        yield piece
        patience.went()
        onProgress?.(at)
      }
      if (at >= bytes) return
      throw new LedgerError('unavailable', `${path} ended after ${at} bytes of ${bytes}`)
    } catch (error) {
      await patience.wait(error)
    }
  throw notAsRecorded(path)
}

interface Asked {
  output: DownloadOutput
  at: number
  etag: string | null
  signal: AbortSignal | undefined
}

async function openPart(
  open: Open,
  options: RemoteOptions,
  { output, at, etag, signal }: Asked,
): Promise<Part | null> {
  const limit = new Limit([options.signal, signal])
  limit.endsIn(options.timeoutMs ?? TIMEOUT_MS)
  try {
    const range: Record<string, string> =
      at === 0 ? {} : { range: `bytes=${at}-`, ...(etag === null ? {} : { 'if-match': etag }) }
    const { url, response } = await placeOf(open, options, { output, range }, limit).then((place) =>
      typeof place === 'string' ? fromStore(options, { url: place, range }, limit) : place,
    )
    if (response.status === CHANGED) {
      await response.body?.cancel()
      limit.release()
      return null
    }
    if (response.status !== (at === 0 ? 200 : 206) || response.body === null)
      throw await storeAnswer(url, response)
    const gone = (cause: Error) => storeGone(url, cause)
    const body = readBody(response.body, limit, { silenceMs: TRANSFER_SILENCE_MS, gone })
    return { etag: response.headers.get('etag'), body }
  } catch (error) {
    limit.release()
    throw error
  }
}

interface Begun {
  url: string
  response: Response
}

async function fromStore(
  { fetch: send = fetch }: RemoteOptions,
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

/** Where the file is, for a while; of an archived run the server gives it itself. */
async function placeOf(
  open: Open,
  { url: server }: RemoteOptions,
  { output: { id, path }, range }: { output: DownloadOutput; range: Record<string, string> },
  limit: Limit,
): Promise<string | Begun> {
  const segments = path.split('/')
  if (segments.includes('.') || segments.includes('..'))
    throw new LedgerError('invalid', 'path: must not hold the segments . or ..')
  const request = {
    method: 'GET' as const,
    path: `${runPath(id)}/outputs/${segments.map(encodeURIComponent).join('/')}`,
    headers: range,
    repeatable: true,
  }
  const response = await open(request, limit)
  const location = response.headers.get('location')
  if (response.status === 302 && location !== null) {
    await response.body?.cancel()
    return new URL(location, server).href
  }
  if (response.headers.get('content-disposition')?.startsWith('attachment')) return { url: server, response }
  await readAnswer(server, response)
  throw new LedgerError('unavailable', `${server} does not answer as a Runledger server does`)
}
