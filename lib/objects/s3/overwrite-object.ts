import { GetBucketVersioningCommand } from '@aws-sdk/client-s3'
import { completeUpload } from './complete-upload.ts'
import { S3Failure } from './failure.ts'
import { headObject } from './head-object.ts'
import type { Place } from './place.ts'
import { putObject } from './put-object.ts'
import { createUpload, uploadPart } from './upload-parts.ts'

const WHOLE_BYTES = 8 * 1024 * 1024
const MOST_PARTS = 9_000

/** An object of zeros, as long, in the place of an object; not in a bucket that keeps versions. */
export async function overwriteObject(place: Place, key: string): Promise<void> {
  const head = await headObject(place, key)
  if (head === null || head.bytes === 0 || (await keepsVersions(place))) return
  if (head.bytes <= WHOLE_BYTES) {
    await putObject(place, key, new Uint8Array(head.bytes))
    return
  }
  const zeros = new Uint8Array(Math.max(WHOLE_BYTES, Math.ceil(head.bytes / MOST_PARTS)))
  const upload = { key, uploadId: await createUpload(place, key) }
  const parts = []
  for (let at = 0; at < head.bytes; at += zeros.length)
    parts.push(await uploadPart(place, upload, parts.length + 1, zeros.subarray(0, head.bytes - at)))
  await completeUpload(place, upload, parts)
}

/** A server that does not know the question, or does not let us ask it, keeps none as far as we know. */
async function keepsVersions(place: Place): Promise<boolean> {
  try {
    const command = new GetBucketVersioningCommand({ Bucket: place.bucket })
    return (await place.ask((s3, sending) => s3.send(command, sending))).Status === 'Enabled'
  } catch (error) {
    if (error instanceof S3Failure) return false
    throw error
  }
}
