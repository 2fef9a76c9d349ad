import type { Context as HonoContext } from 'hono'
import { LedgerError } from '../run/errors.ts'
import { parseJson } from '../run/json.ts'

/**
 * The JSON of a request's body, undefined when it has none; a number too large is Infinity. Reads no more than `maxBytes`.
 * Throws `too_large`, `invalid`.
 */
export async function readJson(c: HonoContext, maxBytes: number): Promise<unknown> {
  const announced = Number(c.req.header('content-length') ?? 0)
  if (announced > maxBytes) throw tooLarge(maxBytes)
  const text = await readText(c.req.raw.body, maxBytes)
  if (text === '') return undefined
  const type = c.req.header('content-type') ?? 'application/json'
  if (!/^application\/(json|[\w.-]+\+json)\s*(;|$)/i.test(type))
    throw new LedgerError('invalid', `the body must be application/json, not ${type.slice(0, 100)}`)
  try {
    return parseJson(text)
  } catch (error) {
    throw new LedgerError(
      'invalid',
      `the body is not valid JSON: ${(error as Error).message.slice(0, 200)}`,
      { cause: error },
    )
  }
}

async function readText(body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<string> {
  if (body === null) return ''
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let bytes = 0
  try {
    for await (const chunk of body) {
      bytes += chunk.length
      if (bytes > maxBytes) throw tooLarge(maxBytes)
      text += decoder.decode(chunk, { stream: true })
    }
    return text + decoder.decode()
  } catch (error) {
    if (error instanceof TypeError)
      throw new LedgerError('invalid', 'the body is not valid UTF-8', { cause: error })
    throw error
  }
}

function tooLarge(maxBytes: number): LedgerError {
  return new LedgerError('too_large', `the body is over ${maxBytes} bytes; send less at a time`)
}
