import { contentDisposition } from '../../content-disposition.ts'
import { fileStream } from '../file-stream.ts'
import type { Layout } from '../layout.ts'
import { openSealed, type SealedHead } from '../sealed-file.ts'
import type { GrantOf } from '../signed-urls.ts'
import { readRange } from './read-range.ts'
import { Refusal } from './refusal.ts'

/**
 * The object as an attachment that no browser renders, sniffs or runs, and no shared cache keeps; in part where a range is
 * asked for, 304 for who has it, 412 for who wants another.
 */
export async function answerGet(layout: Layout, grant: GrantOf<'get'>, request: Request): Promise<Response> {
  const found = await openSealed(layout.fileOf(grant.key))
  if (found === null)
    throw new Refusal(404, 'there is no such object: it was not uploaded yet, or was removed')
  const { handle, head } = found
  const closed = async (status: number, headers: Record<string, string>) => {
    await handle.close()
    return new Response(null, { status, headers })
  }
  try {
    const headers = headersOf(head, grant)
    checkMatch(head, request)
    if (names(request.headers.get('if-none-match'), head.etag)) return await closed(304, headers)
    const range = rangeOf(head, request)
    const { start, end } = range ?? { start: 0, end: head.bytes }
    headers['content-length'] = String(end - start)
    if (range) headers['content-range'] = `bytes ${start}-${end - 1}/${head.bytes}`
    const status = range ? 206 : 200
    if (request.method === 'HEAD' || start === end) return await closed(status, headers)
    return new Response(fileStream(handle, start, end), { status, headers })
  } catch (error) {
    await handle.close()
    throw error
  }
}

function headersOf(
  { contentType, etag, modifiedAt }: SealedHead,
  grant: GrantOf<'get'>,
): Record<string, string> {
  return {
    'content-type': grant.contentType ?? contentType ?? 'application/octet-stream',
    'content-disposition': contentDisposition(grant.filename),
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, no-cache',
    'accept-ranges': 'bytes',
    'last-modified': new Date(modifiedAt).toUTCString(),
    etag: `"${etag}"`,
  }
}

function checkMatch({ etag }: SealedHead, { headers }: Request): void {
  const wanted = headers.get('if-match')
  if (wanted !== null && !names(wanted, etag))
    throw new Refusal(412, 'the object is not the one that was asked for')
}

/** A range of another object than the one that was begun is no use: then it is given whole. */
function rangeOf({ bytes, etag }: SealedHead, { headers }: Request) {
  const ifRange = headers.get('if-range')
  return ifRange !== null && ifRange !== `"${etag}"` ? null : readRange(headers.get('range'), bytes)
}

/** Whether a header names this etag, or any. */
function names(header: string | null, etag: string): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes('*') || tags.includes(`"${etag}"`)
}
