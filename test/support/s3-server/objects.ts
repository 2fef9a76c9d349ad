import { type Answer, answer, element, S3Error, xmlAnswer } from './answer.ts'
import type { Asked } from './asked.ts'
import { type Bucket, describedBy, type KeptObject, md5 } from './bucket.ts'
import { checkChecksums } from './checksums.ts'

const MAX_KEY_BYTES = 1024

export function putObject(bucket: Bucket, asked: Asked): Answer {
  if (Buffer.byteLength(asked.key) > MAX_KEY_BYTES) throw new S3Error(400, 'KeyTooLongError')
  checkChecksums(asked)
  checkIfNoneMatch(bucket, asked)
  const etag = md5(asked.body)
  bucket.objects.set(asked.key, {
    body: asked.body,
    etag,
    modifiedAt: new Date(),
    ...describedBy(asked.headers),
  })
  return answer(200, { etag: `"${etag}"` })
}

export function copyObject(bucket: Bucket, asked: Asked): Answer {
  const source = sourceOf(bucket, asked)
  const copy = { ...source, etag: md5(source.body), modifiedAt: new Date() }
  bucket.objects.set(asked.key, copy)
  return xmlAnswer(
    'CopyObjectResult',
    element('ETag', `"${copy.etag}"`) + element('LastModified', copy.modifiedAt.toISOString()),
  )
}

export function getObject(bucket: Bucket, { key, headers, query }: Asked): Answer {
  const object = bucket.objects.get(key)
  if (!object) throw new S3Error(404, 'NoSuchKey')
  if (headers['if-match'] !== undefined && headers['if-match'] !== `"${object.etag}"`) {
    throw new S3Error(412, 'PreconditionFailed')
  }
  const described = headersOf(object)
  const disposition = query.get('response-content-disposition')
  const contentType = query.get('response-content-type')
  if (disposition !== null) described['content-disposition'] = disposition
  if (contentType !== null) described['content-type'] = contentType
  if (headers.range === undefined) return answer(200, described, object.body)
  const [start, end] = rangeOf(headers.range, object.body.length)
  const range = `bytes ${start}-${end}/${object.body.length}`
  return answer(206, { ...described, 'content-range': range }, object.body.subarray(start, end + 1))
}

/** The body is counted in its head and not sent, as for every HEAD. */
export function headObject(bucket: Bucket, { key }: Asked): Answer {
  const object = bucket.objects.get(key)
  if (!object) throw new S3Error(404, 'NoSuchKey')
  return answer(200, headersOf(object), object.body)
}

export function checkIfNoneMatch(bucket: Bucket, { key, headers }: Asked): void {
  if (headers['if-none-match'] === '*' && bucket.objects.has(key))
    throw new S3Error(412, 'PreconditionFailed')
}

/** What `x-amz-copy-source` names, which must still have the etag asked for. */
export function sourceOf(bucket: Bucket, { headers }: Asked): KeptObject {
  const path = decodeURIComponent(String(headers['x-amz-copy-source']))
  const source = bucket.objects.get(path.slice(path.indexOf('/') + 1))
  if (!source) throw new S3Error(404, 'NoSuchKey')
  const etag = headers['x-amz-copy-source-if-match']
  if (etag !== undefined && etag !== `"${source.etag}"`) throw new S3Error(412, 'PreconditionFailed')
  return source
}

export function rangeOf(header: string, length: number): [start: number, end: number] {
  const [, start, end] = header.match(/^bytes=(\d+)-(\d*)$/) ?? []
  if (start === undefined || Number(start) >= length) throw new S3Error(416, 'InvalidRange')
  return [Number(start), Math.min(end ? Number(end) : length - 1, length - 1)]
}

function headersOf({ etag, modifiedAt, contentType, metadata }: KeptObject): Record<string, string> {
  const named = Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value])
  return {
    etag: `"${etag}"`,
    'last-modified': modifiedAt.toUTCString(),
    'content-type': contentType,
    'accept-ranges': 'bytes',
    ...Object.fromEntries(named),
  }
}
