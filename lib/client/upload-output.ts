import { z } from 'zod'
import type { OutputUpload } from '../ledger/outputs/upload.ts'
import type { RunOutput } from '../run/run-output.ts'
import { Limit } from './limit.ts'
import { Patience } from './patience.ts'
import type { Call, RemoteOptions } from './request.ts'
import { runPath } from './run-calls.ts'
import { storeAnswer, storeGone } from './store-errors.ts'
import { type OpenPart, TRANSFER_SILENCE_MS, type UploadOutput, wholePart } from './transfer.ts'
import type { Verbs } from './verbs.ts'

const Announced = z.looseObject({ path: z.string(), method: z.enum(['none', 'put', 'parts']) })
const Committed = z.looseObject({ path: z.string(), bytes: z.number() })
/** The server reads a file through before it records it. */
const READ_BYTES_A_MS = 20_000
const THERE_ALREADY = 412

/**
 * Sends a file to where the server says, whole or by parts, and has it recorded. What breaks off is taken up again: parts that
 * are stored are not sent twice, also when it is called again hours later.
 */
export function uploadRemote(call: Call, options: RemoteOptions): Verbs['uploadOutput'] {
  return async (input, open, { onProgress, signal } = {}) => {
    const { id, leaseToken, ...file } = input
    const post = async <T>(path: string, body: unknown, shape: z.ZodType, waitMs = 0) => {
      const headers = { 'lease-token': leaseToken }
      return (await call<T>({ method: 'POST', path, body, headers, signal, waitMs, repeatable: true }, shape))
        .body
    }
    const patience = new Patience([options.signal, signal])
    const announce = () => post<OutputUpload>(`${runPath(id)}/outputs`, file, Announced)
    let upload: OutputUpload | null = await announce()
    for (;;) {
      try {
        upload ??= await announce()
        for (const part of toSend(upload, input)) {
          await sendPart(part, open, { options, path: file.path, onProgress, signal })
          patience.went()
        }
        if (upload.method === 'parts' && upload.moreParts) {
          upload = null
          continue
        }
        onProgress?.(file.bytes)
        const waitMs = file.bytes / READ_BYTES_A_MS
        return await post<RunOutput>(`${runPath(id)}/outputs:commit`, { path: file.path }, Committed, waitMs)
      } catch (error) {
        await patience.wait(error)
        upload = null
      }
    }
  }
}

interface ToSend {
  start: number
  bytes: number
  url: string
  headers: Record<string, string>
  /** How much of the file is there before. */
  stored: number
}

function toSend(upload: OutputUpload, { bytes }: UploadOutput): ToSend[] {
  switch (upload.method) {
    case 'none':
      return []
    case 'put':
      return [{ ...upload, start: 0, bytes, stored: 0 }]
    case 'parts': {
      const { parts, partBytes, storedParts } = upload
      return parts.map((part, n) => ({
        ...part,
        start: (part.number - 1) * partBytes,
        stored: (storedParts + n) * partBytes,
      }))
    }
  }
}

interface Sending {
  options: RemoteOptions
  path: string
  onProgress: ((bytes: number) => void) | undefined
  signal: AbortSignal | undefined
}

async function sendPart(
  { start, bytes, url, headers, stored }: ToSend,
  open: OpenPart,
  { options, path, onProgress, signal }: Sending,
): Promise<void> {
  const limit = new Limit([options.signal, signal])
  let fault: unknown
  async function* pieces() {
    let sent = 0
    try {
      for await (const piece of wholePart(open(start, start + bytes), { path, bytes })) {
        yield piece
        sent += piece.length
        limit.endsIn(TRANSFER_SILENCE_MS)
        onProgress?.(stored + sent)
      }
    } catch (error) {
      fault = error
      throw error
    }
  }
  limit.endsIn(TRANSFER_SILENCE_MS)
  try {
    const response = await (options.fetch ?? fetch)(url, {
      method: 'PUT',
      headers: { ...headers, 'content-length': String(bytes) },
      ...(bytes === 0 ? {} : { body: ReadableStream.from(pieces()), duplex: 'half' }),
      redirect: 'manual',
      signal: limit.signal,
    }).catch((cause) => {
      throw fault ?? storeGone(url, cause)
    })
    if (!response.ok && response.status !== THERE_ALREADY) throw await storeAnswer(url, response)
    await response.body?.cancel()
  } finally {
    limit.release()
  }
}
