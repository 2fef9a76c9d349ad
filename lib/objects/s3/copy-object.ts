import { CopyObjectCommand, UploadPartCopyCommand } from '@aws-sdk/client-s3'
import type { ObjectHead, StoredObject, StoredPart, Upload } from '../../ports/object-store.ts'
import { LedgerError } from '../../run/errors.ts'
import { completeUpload } from './complete-upload.ts'
import { fromEtag, toEtag } from './etag.ts'
import { headObject } from './head-object.ts'
import type { Place } from './place.ts'
import { abortUpload, createUpload, toParameters } from './upload-parts.ts'

/** What goes in one request: the server answers when it has copied all of it, and 5 GB is what S3 takes at most. */
const WHOLE_BYTES = 512 * 1024 * 1024
const MAX_PARTS = 10_000

/** `wholeBytes`: what is larger goes in parts of this size. */
export async function copyObject(
  place: Place,
  from: string,
  to: string,
  wholeBytes = WHOLE_BYTES,
): Promise<StoredObject> {
  const head = await headObject(place, from)
  if (!head) throw new LedgerError('not_found', `there is no object ${from} to copy`)
  if (head.bytes > wholeBytes) return await copyInParts(place, from, to, head, wholeBytes)
  const { CopyObjectResult } = await place.ask((s3, sending) =>
    s3.send(
      new CopyObjectCommand({ Bucket: place.bucket, Key: to, ...sourceOf(place, from, head) }),
      sending,
    ),
  )
  const etag = fromEtag(CopyObjectResult?.ETag)
  if (!etag)
    throw new LedgerError('unavailable', `the store (${place.name}) did not say that it made the copy`)
  return { etag, bytes: head.bytes }
}

async function copyInParts(
  place: Place,
  from: string,
  to: string,
  head: ObjectHead,
  wholeBytes: number,
): Promise<StoredObject> {
  const { metadata, contentType } = head
  const upload = {
    key: to,
    uploadId: await createUpload(place, to, { metadata, ...(contentType ? { contentType } : {}) }),
  }
  try {
    const partBytes = Math.max(wholeBytes, Math.ceil(head.bytes / MAX_PARTS))
    const parts: Pick<StoredPart, 'number' | 'etag'>[] = []
    for (let start = 0; start < head.bytes; start += partBytes) {
      const range = `bytes=${start}-${Math.min(start + partBytes, head.bytes) - 1}`
      parts.push(
        await copyPart(place, upload, parts.length + 1, {
          ...sourceOf(place, from, head),
          CopySourceRange: range,
        }),
      )
    }
    const made = await completeUpload(place, upload, parts)
    return made ?? { etag: null, bytes: head.bytes }
  } catch (error) {
    await abortUpload(place, upload).catch(() => {})
    throw error
  }
}

async function copyPart(
  place: Place,
  upload: Upload,
  number: number,
  source: { CopySource: string; CopySourceRange: string },
): Promise<Pick<StoredPart, 'number' | 'etag'>> {
  const { CopyPartResult } = await place.ask((s3, sending) =>
    s3.send(
      new UploadPartCopyCommand({ ...toParameters(place, upload), PartNumber: number, ...source }),
      sending,
    ),
  )
  const etag = fromEtag(CopyPartResult?.ETag)
  if (!etag)
    throw new LedgerError('unavailable', `the store (${place.name}) did not say that it copied a part`)
  return { number, etag }
}

/** The object as it was looked at: changed meanwhile, it is a conflict. */
function sourceOf(place: Place, key: string, { etag }: ObjectHead) {
  const path = key.split('/').map(encodeURIComponent).join('/')
  return { CopySource: `${place.bucket}/${path}`, ...(etag ? { CopySourceIfMatch: toEtag(etag) } : {}) }
}
