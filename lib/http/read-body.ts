import type { Context as HonoContext } from 'hono'
import { LedgerError } from '../run/errors.ts'
import { parseJson } from '../run/json.ts'

/**
 * The JSON of a request's body, undefined when it has none; a number too large is Infinity. Reads no more than `maxBytes`.
 * Throws `too_large`, `invalid`.
 */
export async function readJson(c: HonoContext, maxBytes: number): Promise<unknown> {
  const text = toText(await readBytes(c, maxBytes))
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

/** A request's body as it came. Reads no more than `maxBytes`. Throws `too_large`. */
export async function readBytes(c: HonoContext, maxBytes: number): Promise<Uint8Array> {
  const announced = Number(c.req.header('content-length') ?? 0)
  if (announced > maxBytes) throw tooLarge(maxBytes)
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of c.req.raw.body ?? []) {
    bytes += chunk.length
    if (bytes > maxBytes) throw tooLarge(maxBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function toText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new LedgerError('invalid', 'the body is not valid UTF-8', { cause: error })
  }
}

function tooLarge(maxBytes: number): LedgerError {
  return new LedgerError('too_large', `the body is over ${maxBytes} bytes; send less at a time`)
}
