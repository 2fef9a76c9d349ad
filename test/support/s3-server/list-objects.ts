import { type Answer, element, xmlAnswer } from './answer.ts'
import type { Asked } from './asked.ts'
import { type Bucket, byBytes } from './bucket.ts'

export function listObjects({ objects }: Bucket, { bucket, query }: Asked): Answer {
  const prefix = query.get('prefix') ?? ''
  const token = query.get('continuation-token')
  const after = token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString()
  const limit = Math.min(Number(query.get('max-keys') ?? 1000), 1000)
  const isUrl = query.get('encoding-type') === 'url'
  const left = [...objects].filter(([key]) => key.startsWith(prefix) && byBytes(key, after) > 0)
  const page = left.toSorted(([a], [b]) => byBytes(a, b)).slice(0, limit)
  const isTruncated = page.length < left.length && limit > 0
  const encode = (key: string) => (isUrl ? encodeURIComponent(key).replaceAll('%20', '+') : key)
  const contents = page.map(([key, { body, etag, modifiedAt }]) => {
    const inner =
      element('Key', encode(key)) +
      element('LastModified', modifiedAt.toISOString()) +
      element('ETag', `"${etag}"`) +
      element('Size', body.length)
    return `<Contents>${inner}</Contents>`
  })
  const next = Buffer.from(page.at(-1)?.[0] ?? '').toString('base64url')
  return xmlAnswer(
    'ListBucketResult',
    element('Name', bucket) +
      element('Prefix', encode(prefix)) +
      element('KeyCount', page.length) +
      element('MaxKeys', limit) +
      element('IsTruncated', isTruncated) +
      (isTruncated ? element('NextContinuationToken', next) : '') +
      (isUrl ? element('EncodingType', 'url') : '') +
      contents.join(''),
  )
}
