import { PutObjectCommand } from '@aws-sdk/client-s3'
import { MAX_PUT_BYTES, type PutOptions, type StoredObject } from '../../ports/object-store.ts'
import { LedgerError } from '../../run/errors.ts'
import { fromEtag } from './etag.ts'
import { hasReason, S3Failure } from './failure.ts'
import { md5, sha256 } from './hashes.ts'
import { headObject } from './head-object.ts'
import type { Place } from './place.ts'

const ATTEMPTS_AT_CONFLICT = 5

export async function putObject(
  place: Place,
  key: string,
  body: Uint8Array,
  options: PutOptions = {},
): Promise<StoredObject | null> {
  if (body.length > MAX_PUT_BYTES) {
    throw new LedgerError('too_large', `${body.length} bytes are more than one put takes; send them in parts`)
  }
  let isAskedAgain = false
  for (let attempt = 1; ; attempt++) {
    try {
      return await putOnce(place, key, body, options)
    } catch (error) {
      isAskedAgain ||= error instanceof S3Failure && error.attempts > 1
      if (hasReason(error, 'PreconditionFailed'))
        return isAskedAgain ? await madeByLostAnswer(place, key, body) : null
      // Another conditional put of this key was under way; which of the two was first, the next attempt will show.
      const isBusy = hasReason(error, 'ConditionalRequestConflict', 'OperationAborted')
      if (!isBusy || attempt === ATTEMPTS_AT_CONFLICT) throw error
    }
  }
}

async function putOnce(
  place: Place,
  key: string,
  body: Uint8Array,
  options: PutOptions,
): Promise<StoredObject> {
  const answer = await place.ask((s3, sending) =>
    s3.send(
      new PutObjectCommand({
        Bucket: place.bucket,
        Key: key,
        Body: body,
        ContentLength: body.length,
        ContentType: options.contentType,
        Metadata: options.metadata,
        ...checksumOf(place, body, options.sha256),
        ...(options.ifAbsent ? { IfNoneMatch: '*' } : {}),
      }),
      sending,
    ),
  )
  const etag = fromEtag(answer.ETag)
  if (etag) return { etag, bytes: body.length }
  // An answer of a proxy would be without one too.
  const head = await headObject(place, key)
  if (head?.bytes !== body.length) {
    throw new LedgerError('unavailable', `the store (${place.name}) did not keep what it was sent`)
  }
  return { etag: head.etag, bytes: head.bytes }
}

/** The object that is there, where it is what an earlier request of ours made whose answer was lost: by its MD5, as S3 has it. */
async function madeByLostAnswer(place: Place, key: string, body: Uint8Array): Promise<StoredObject | null> {
  const head = await headObject(place, key)
  const isOurs = head?.bytes === body.length && head.etag === Buffer.from(md5(body), 'base64').toString('hex')
  return isOurs ? { etag: head.etag, bytes: head.bytes } : null
}

function checksumOf(place: Place, body: Uint8Array, expected: string | undefined) {
  const isModern = place.checksums === 'supported'
  const digest = isModern || expected !== undefined ? sha256(body) : null
  if (expected !== undefined && digest?.toString('hex') !== expected.toLowerCase()) {
    throw new LedgerError('invalid', 'the bytes to store do not have the given sha256')
  }
  return isModern ? { ChecksumSHA256: digest?.toString('base64') } : { ContentMD5: md5(body) }
}
