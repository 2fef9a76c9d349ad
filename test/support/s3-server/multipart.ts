import { randomUUID } from 'node:crypto'
import { type Answer, answer, element, S3Error, xmlAnswer } from './answer.ts'
import type { Asked } from './asked.ts'
import { type Bucket, byBytes, describedBy, type KeptUpload, md5 } from './bucket.ts'
import { checkChecksums } from './checksums.ts'
import { rangeOf, sourceOf } from './objects.ts'

export function createUpload({ uploads }: Bucket, { bucket, key, headers }: Asked): Answer {
  const id = randomUUID()
  uploads.set(id, { key, startedAt: new Date(), parts: new Map(), ...describedBy(headers) })
  return xmlAnswer(
    'InitiateMultipartUploadResult',
    element('Bucket', bucket) + element('Key', key) + element('UploadId', id),
  )
}

export function uploadPart(bucket: Bucket, asked: Asked): Answer {
  const upload = uploadOf(bucket, asked)
  checkChecksums(asked)
  return answer(200, { etag: `"${keepPart(upload, asked, asked.body)}"` })
}

export function uploadPartCopy(bucket: Bucket, asked: Asked): Answer {
  const upload = uploadOf(bucket, asked)
  const { body } = sourceOf(bucket, asked)
  const [start, end] = rangeOf(String(asked.headers['x-amz-copy-source-range']), body.length)
  const etag = keepPart(upload, asked, body.subarray(start, end + 1))
  return xmlAnswer('CopyPartResult', element('ETag', `"${etag}"`))
}

export function listParts(bucket: Bucket, asked: Asked): Answer {
  const upload = uploadOf(bucket, asked)
  const after = Number(asked.query.get('part-number-marker') ?? 0)
  const left = [...upload.parts].filter(([number]) => number > after).toSorted(([a], [b]) => a - b)
  const page = left.slice(0, Number(asked.query.get('max-parts') ?? 1000))
  const isTruncated = page.length < left.length
  const parts = page.map(([number, { body, etag }]) => {
    const inner = element('PartNumber', number) + element('ETag', `"${etag}"`) + element('Size', body.length)
    return `<Part>${inner}</Part>`
  })
  return xmlAnswer(
    'ListPartsResult',
    element('UploadId', idOf(asked)) +
      element('IsTruncated', isTruncated) +
      (isTruncated ? element('NextPartNumberMarker', page.at(-1)?.[0] ?? 0) : '') +
      parts.join(''),
  )
}

export function abortUpload(bucket: Bucket, asked: Asked): Answer {
  uploadOf(bucket, asked)
  bucket.uploads.delete(idOf(asked))
  return answer(204)
}

export function listUploads({ uploads }: Bucket, { bucket, query }: Asked): Answer {
  const prefix = query.get('prefix') ?? ''
  const after = [query.get('key-marker') ?? '', query.get('upload-id-marker') ?? ''] as const
  const isLater = (key: string, id: string) =>
    byBytes(key, after[0]) > 0 || (key === after[0] && id > after[1])
  const left = [...uploads]
    .filter(([id, { key }]) => key.startsWith(prefix) && isLater(key, id))
    .toSorted(([a, { key: keyOfA }], [b, { key: keyOfB }]) => byBytes(keyOfA, keyOfB) || byBytes(a, b))
  const page = left.slice(0, Number(query.get('max-uploads') ?? 1000))
  const [lastId, last] = page.at(-1) ?? []
  const isTruncated = page.length < left.length && last !== undefined
  const markers = isTruncated
    ? element('NextKeyMarker', last.key) + element('NextUploadIdMarker', lastId ?? '')
    : ''
  const listed = page.map(([id, { key, startedAt }]) => {
    const inner =
      element('Key', key) + element('UploadId', id) + element('Initiated', startedAt.toISOString())
    return `<Upload>${inner}</Upload>`
  })
  return xmlAnswer(
    'ListMultipartUploadsResult',
    element('Bucket', bucket) + element('IsTruncated', isTruncated) + markers + listed.join(''),
  )
}

export function uploadOf({ uploads }: Bucket, asked: Asked): KeptUpload {
  const upload = uploads.get(idOf(asked))
  if (upload?.key !== asked.key) throw new S3Error(404, 'NoSuchUpload')
  return upload
}

export function idOf({ query }: Asked): string {
  return query.get('uploadId') ?? ''
}

function keepPart(upload: KeptUpload, { query }: Asked, body: Buffer): string {
  const number = Number(query.get('partNumber'))
  if (!Number.isInteger(number) || number < 1 || number > 10_000) throw new S3Error(400, 'InvalidArgument')
  const etag = md5(body)
  upload.parts.set(number, { body, etag })
  return etag
}
