import { createHash } from 'node:crypto'
import { CompleteMultipartUploadCommand } from '@aws-sdk/client-s3'
import type { StoredObject, StoredPart, Upload } from '../../ports/object-store.ts'
import { LedgerError } from '../../run/errors.ts'
import { toEtag } from './etag.ts'
import { hasReason, S3Failure } from './failure.ts'
import { headObject } from './head-object.ts'
import type { Place } from './place.ts'
import { abortUpload, listUploadParts, toParameters } from './upload-parts.ts'

type Part = Pick<StoredPart, 'number' | 'etag'>

/**
 * Not every server heeds the condition, says what it made, refuses parts that are not there or an upload that has ended (Ceph
 * up to 18 does none of it), so we look before and after. Between the look and the end, on such a server, another upload may
 * still make the object: of two, the later one stays.
 */
export async function completeUpload(
  place: Place,
  upload: Upload,
  parts: Part[],
  { ifAbsent = false }: { ifAbsent?: boolean } = {},
): Promise<StoredObject | null> {
  checkParts(parts, await listUploadParts(place, upload))
  if (ifAbsent && (await headObject(place, upload.key))) {
    await abortUpload(place, upload)
    return null
  }
  try {
    await complete(place, upload, parts, ifAbsent)
  } catch (error) {
    const made = await madeByLostAnswer(place, upload, parts, error)
    if (made) return made
    if (!hasReason(error, 'PreconditionFailed')) throw error
    await abortUpload(place, upload)
    return null
  }
  const head = await headObject(place, upload.key)
  if (!head)
    throw new LedgerError('unavailable', `the store (${place.name}) does not have what it just completed`)
  return { etag: head.etag, bytes: head.bytes }
}

function checkParts(given: Part[], stored: Part[]): void {
  const etags = new Map(stored.map(({ number, etag }) => [number, etag]))
  const isWrong = ({ number, etag }: Part, n: number) =>
    etags.get(number) !== etag || number <= (given[n - 1]?.number ?? 0)
  if (given.length > 0 && !given.some(isWrong)) return
  throw new LedgerError(
    'invalid',
    'the parts are not those that the store has, in the order of their numbers',
  )
}

async function complete(place: Place, upload: Upload, parts: Part[], ifAbsent: boolean): Promise<void> {
  await place.ask((s3, sending) =>
    s3.send(
      new CompleteMultipartUploadCommand({
        ...toParameters(place, upload),
        MultipartUpload: {
          Parts: parts.map(({ number, etag }) => ({ PartNumber: number, ETag: toEtag(etag) })),
        },
        ...(ifAbsent ? { IfNoneMatch: '*' } : {}),
      }),
      sending,
    ),
  )
}

/** Asked a second time because the first answer was lost, a server may refuse what it has done already. */
async function madeByLostAnswer(
  place: Place,
  upload: Upload,
  parts: Part[],
  error: unknown,
): Promise<StoredObject | null> {
  if (!(error instanceof S3Failure) || error.attempts === 1) return null
  if (!hasReason(error, 'NoSuchUpload', 'PreconditionFailed')) return null
  const head = await headObject(place, upload.key)
  return head && head.etag === etagOfParts(parts) ? { etag: head.etag, bytes: head.bytes } : null
}

function etagOfParts(parts: Part[]): string {
  const md5s = Buffer.concat(parts.map(({ etag }) => Buffer.from(etag, 'hex')))
  return `${createHash('md5').update(md5s).digest('hex')}-${parts.length}`
}
