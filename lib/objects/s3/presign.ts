import { GetObjectCommand, PutObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { PresignedRequest, PresignPutOptions, Upload } from '../../ports/object-store.ts'
import { checkExpiry } from '../check-expiry.ts'
import { contentDisposition } from '../content-disposition.ts'
import type { Place } from './place.ts'
import { checkPartNumber, toParameters } from './upload-parts.ts'

export async function presignGet(
  place: Place,
  key: string,
  options: { filename: string; contentType?: string; expiresSeconds: number },
): Promise<string> {
  checkExpiry(options.expiresSeconds)
  const command = new GetObjectCommand({
    Bucket: place.bucket,
    Key: key,
    ResponseContentDisposition: contentDisposition(options.filename),
    ResponseContentType: options.contentType,
  })
  return await getSignedUrl(place.client, command, { expiresIn: options.expiresSeconds })
}

/** Length and type are signed, so that another is refused; so is the condition that makes it work once. */
export async function presignPut(
  place: Place,
  key: string,
  options: PresignPutOptions,
): Promise<PresignedRequest> {
  checkExpiry(options.expiresSeconds)
  const command = new PutObjectCommand({
    Bucket: place.bucket,
    Key: key,
    ContentLength: options.bytes,
    ContentType: options.contentType,
    IfNoneMatch: '*',
  })
  const url = await getSignedUrl(place.client, command, {
    expiresIn: options.expiresSeconds,
    signableHeaders: new Set(['host', 'content-length', 'content-type', 'if-none-match']),
  })
  return { method: 'PUT', url, headers: { 'content-type': options.contentType, 'if-none-match': '*' } }
}

export async function presignPart(
  place: Place,
  upload: Upload,
  number: number,
  options: { bytes: number; expiresSeconds: number },
): Promise<PresignedRequest> {
  checkPartNumber(number)
  checkExpiry(options.expiresSeconds)
  const command = new UploadPartCommand({
    ...toParameters(place, upload),
    PartNumber: number,
    ContentLength: options.bytes,
  })
  const url = await getSignedUrl(place.client, command, {
    expiresIn: options.expiresSeconds,
    signableHeaders: new Set(['host', 'content-length']),
  })
  return { method: 'PUT', url, headers: {} }
}
