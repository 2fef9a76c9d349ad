import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import type { PutOptions, StoredPart, Upload } from '../../ports/object-store.ts'
import { LedgerError } from '../../run/errors.ts'
import { fromEtag } from './etag.ts'
import { insteadOf } from './failure.ts'
import { md5 } from './hashes.ts'
import { notS3, type Place } from './place.ts'

const MAX_PARTS = 10_000
const MAX_UPLOADS = 1000

export async function createUpload(
  place: Place,
  key: string,
  options: Pick<PutOptions, 'contentType' | 'metadata'> = {},
): Promise<string> {
  const { UploadId } = await place.ask((s3, sending) =>
    s3.send(
      new CreateMultipartUploadCommand({
        Bucket: place.bucket,
        Key: key,
        ContentType: options.contentType,
        Metadata: options.metadata,
      }),
      sending,
    ),
  )
  return UploadId ?? stranger(place)
}

export async function uploadPart(
  place: Place,
  upload: Upload,
  number: number,
  body: Uint8Array,
): Promise<StoredPart> {
  checkPartNumber(number)
  const { ETag } = await place.ask((s3, sending) =>
    s3.send(
      new UploadPartCommand({
        ...toParameters(place, upload),
        PartNumber: number,
        Body: body,
        ContentLength: body.length,
        ContentMD5: md5(body),
      }),
      sending,
    ),
  )
  return { number, etag: fromEtag(ETag) ?? stranger(place), bytes: body.length }
}

export async function listUploadParts(place: Place, upload: Upload): Promise<StoredPart[]> {
  const parts: StoredPart[] = []
  let marker: string | undefined
  do {
    const command = new ListPartsCommand({ ...toParameters(place, upload), PartNumberMarker: marker })
    const answer = await place.ask((s3, sending) => s3.send(command, sending))
    if (answer.UploadId === undefined) stranger(place)
    for (const { PartNumber, ETag, Size } of answer.Parts ?? []) {
      parts.push({
        number: PartNumber ?? stranger(place),
        etag: fromEtag(ETag) ?? stranger(place),
        bytes: Size ?? stranger(place),
      })
    }
    marker = answer.IsTruncated ? answer.NextPartNumberMarker : undefined
  } while (marker !== undefined)
  return parts
}

export async function abortUpload(place: Place, upload: Upload): Promise<void> {
  await place
    .ask((s3, sending) => s3.send(new AbortMultipartUploadCommand(toParameters(place, upload)), sending))
    .catch(insteadOf(['NoSuchUpload'], undefined))
}

export async function listUploads(
  place: Place,
  { prefix, limit = MAX_UPLOADS }: { prefix: string; limit?: number },
): Promise<(Upload & { startedAt: string })[]> {
  const uploads: (Upload & { startedAt: string })[] = []
  let after: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | undefined = {}
  while (after && uploads.length < limit) {
    const command: ListMultipartUploadsCommand = new ListMultipartUploadsCommand({
      Bucket: place.bucket,
      Prefix: prefix,
      ...after,
    })
    const answer = await place.ask((s3, sending) => s3.send(command, sending))
    if (answer.Bucket === undefined) stranger(place)
    for (const { Key, UploadId, Initiated } of answer.Uploads ?? []) {
      if (Key === undefined || UploadId === undefined || !Initiated) return stranger(place)
      uploads.push({
        key: Key,
        uploadId: UploadId,
        startedAt: Initiated.toISOString(),
      })
    }
    const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = answer
    after =
      IsTruncated && NextKeyMarker
        ? { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker }
        : undefined
  }
  return uploads.slice(0, limit)
}

export function checkPartNumber(number: number): void {
  if (Number.isInteger(number) && number >= 1 && number <= MAX_PARTS) return
  throw new LedgerError('invalid', `${number} is no part number; they go from 1 to 10,000`)
}

export function toParameters(place: Place, { key, uploadId }: Upload) {
  return { Bucket: place.bucket, Key: key, UploadId: uploadId }
}

function stranger(place: Place): never {
  throw notS3(place)
}
