import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import type { ObjectHead } from '../../ports/object-store.ts'
import { fromEtag } from './etag.ts'
import { hasReason } from './failure.ts'
import { notS3, type Place } from './place.ts'

/** The answer to a HEAD cannot tell a missing object from a missing bucket or a strange server: a GET says which it is. */
export async function headObject(place: Place, key: string): Promise<ObjectHead | null> {
  try {
    return await headOnce(place, key)
  } catch (error) {
    if (!hasReason(error, 'NotFound', 'NoSuchKey')) throw error
    if (await isMissing(place, key)) return null
    return await headOnce(place, key)
  }
}

async function headOnce(place: Place, key: string): Promise<ObjectHead> {
  const answer = await place.ask((s3, sending) =>
    s3.send(new HeadObjectCommand({ Bucket: place.bucket, Key: key }), sending),
  )
  return toHead(place, answer, answer.ContentLength)
}

async function isMissing(place: Place, key: string): Promise<boolean> {
  try {
    const { Body } = await place.ask((s3, sending) =>
      s3.send(new GetObjectCommand({ Bucket: place.bucket, Key: key, Range: 'bytes=0-0' }), sending),
    )
    await Body?.transformToWebStream().cancel()
    return false
  } catch (error) {
    if (hasReason(error, 'InvalidRange')) return false
    if (hasReason(error, 'NoSuchKey')) return true
    throw error
  }
}

/** What S3 says of an object beside its bytes; what every S3 says must be there, or something else has answered. */
export function toHead(
  place: Place,
  answer: {
    ETag?: string | undefined
    LastModified?: Date | undefined
    ContentType?: string | undefined
    Metadata?: Record<string, string> | undefined
  },
  bytes: number | undefined,
): ObjectHead {
  if (bytes === undefined || !answer.LastModified) {
    throw notS3(place)
  }
  return {
    bytes,
    etag: fromEtag(answer.ETag),
    modifiedAt: answer.LastModified.toISOString(),
    contentType: answer.ContentType ?? null,
    metadata: answer.Metadata ?? {},
  }
}
