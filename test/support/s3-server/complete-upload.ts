import { type Answer, element, S3Error, textsOf, xmlAnswer } from './answer.ts'
import type { Asked } from './asked.ts'
import { type Bucket, type KeptUpload, md5 } from './bucket.ts'
import { idOf, uploadOf } from './multipart.ts'
import { checkIfNoneMatch } from './objects.ts'

const MIN_PART_BYTES = 5 * 1024 * 1024

export function completeUpload(bucket: Bucket, asked: Asked): Answer {
  const upload = uploadOf(bucket, asked)
  const parts = partsOf(upload, asked.body.toString())
  checkIfNoneMatch(bucket, asked)
  const md5s = Buffer.concat(parts.map(({ etag }) => Buffer.from(etag, 'hex')))
  const etag = `${md5(md5s)}-${parts.length}`
  const { contentType, metadata } = upload
  const body = Buffer.concat(parts.map((part) => part.body))
  bucket.objects.set(asked.key, { body, etag, modifiedAt: new Date(), contentType, metadata })
  bucket.uploads.delete(idOf(asked))
  return xmlAnswer(
    'CompleteMultipartUploadResult',
    element('Bucket', asked.bucket) + element('Key', asked.key) + element('ETag', `"${etag}"`),
  )
}

function partsOf(upload: KeptUpload, xml: string): { body: Buffer; etag: string }[] {
  const numbers = textsOf('PartNumber', xml).map(Number)
  const etags = textsOf('ETag', xml)
  if (numbers.length === 0 || numbers.length !== etags.length) throw new S3Error(400, 'MalformedXML')
  return numbers.map((number, n) => {
    if (number <= (numbers[n - 1] ?? 0)) throw new S3Error(400, 'InvalidPartOrder')
    const part = upload.parts.get(number)
    if (!part || `"${part.etag}"` !== etags[n]) throw new S3Error(400, 'InvalidPart')
    if (n < numbers.length - 1 && part.body.length < MIN_PART_BYTES) throw new S3Error(400, 'EntityTooSmall')
    return part
  })
}
