import { ListObjectsV2Command } from '@aws-sdk/client-s3'
import type { ListedObject } from '../../ports/object-store.ts'
import { LedgerError } from '../../run/errors.ts'
import { decodeKey } from './decode-key.ts'
import { fromEtag } from './etag.ts'
import type { Place } from './place.ts'

const MAX_KEYS = 1000

export async function listObjects(
  place: Place,
  { prefix, startAfter = '', limit = MAX_KEYS }: { prefix: string; startAfter?: string; limit?: number },
): Promise<ListedObject[]> {
  const found: ListedObject[] = []
  const wanted = Math.min(limit, MAX_KEYS)
  let token: string | undefined
  // A page may hold less than was asked for, or nothing, and yet not be the last.
  do {
    const page = await listPage(place, prefix, startAfter, wanted - found.length, token)
    for (const object of page.objects) found.push(object)
    token = page.token
  } while (token !== undefined && found.length < wanted)
  checkOrder(place, found, prefix, startAfter)
  return found
}

async function listPage(
  place: Place,
  prefix: string,
  startAfter: string,
  limit: number,
  token: string | undefined,
) {
  const command = new ListObjectsV2Command({
    Bucket: place.bucket,
    Prefix: prefix,
    MaxKeys: limit,
    // Without it, XML could not carry every key.
    EncodingType: 'url',
    ...(startAfter ? { StartAfter: startAfter } : {}),
    ...(token === undefined ? {} : { ContinuationToken: token }),
  })
  const answer = await place.ask((s3, sending) => s3.send(command, sending))
  const { Name, Contents = [], EncodingType, IsTruncated, NextContinuationToken } = answer
  if (Name === undefined || (IsTruncated && !NextContinuationToken))
    throw liar(place, 'something that is no list')
  const objects = Contents.map(({ Key, Size, ETag, LastModified }): ListedObject => {
    if (Key === undefined || Size === undefined || !LastModified) throw liar(place, 'a list with holes')
    return {
      key: decodeKey(Key, EncodingType),
      bytes: Size,
      etag: fromEtag(ETag),
      modifiedAt: LastModified.toISOString(),
    }
  })
  return { objects, token: IsTruncated ? NextContinuationToken : undefined }
}

/** Who pages by the last key loses objects where a list is not in order: better no list than that one. */
function checkOrder(place: Place, found: ListedObject[], prefix: string, startAfter: string): void {
  let last = startAfter
  for (const { key } of found) {
    if (!key.startsWith(prefix)) throw liar(place, 'keys that were not asked for')
    if (Buffer.compare(Buffer.from(last), Buffer.from(key)) >= 0)
      throw liar(place, 'keys that are not in their order')
    last = key
  }
}

function liar(place: Place, what: string): LedgerError {
  return new LedgerError('unavailable', `the store (${place.name}) lists ${what}; it cannot be relied on`)
}
