import type { Readable } from 'node:stream'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import type { GetOptions, ObjectHead } from '../../ports/object-store.ts'
import { LedgerError } from '../../run/errors.ts'
import { toEtag } from './etag.ts'
import { insteadOf } from './failure.ts'
import { toHead } from './head-object.ts'
import type { Place } from './place.ts'
import { toByteStream } from './to-byte-stream.ts'

export async function getObject(
  place: Place,
  key: string,
  { range, ifMatch }: GetOptions = {},
): Promise<(ObjectHead & { body: ReadableStream<Uint8Array> }) | null> {
  if (range) checkRange(range)
  const command = new GetObjectCommand({
    Bucket: place.bucket,
    Key: key,
    ...(range ? { Range: `bytes=${range.start}-${range.end ?? ''}` } : {}),
    ...(ifMatch === undefined ? {} : { IfMatch: toEtag(ifMatch) }),
  })
  const answer = await place
    .ask((s3, sending) => s3.send(command, sending))
    .catch(insteadOf(['NoSuchKey'], null))
  if (!answer) return null
  const source = answer.Body as Readable
  try {
    const { bytes, length } = extentOf(place, answer, range)
    const head = toHead(place, answer, bytes)
    return { ...head, body: toByteStream(source, length, place) }
  } catch (error) {
    source.destroy()
    throw error
  }
}

function checkRange({ start, end }: { start: number; end?: number }): void {
  const isRange =
    Number.isInteger(start) && start >= 0 && (end === undefined || (Number.isInteger(end) && end >= start))
  if (!isRange) throw new LedgerError('invalid', `${start} to ${end ?? 'the end'} is no range of bytes`)
}

/** How long the object is and how much of it comes; that it is the range asked for is what the answer must say. */
function extentOf(
  place: Place,
  answer: { ContentRange?: string | undefined; ContentLength?: number | undefined },
  range: GetOptions['range'],
): { bytes: number | undefined; length: number } {
  if (!range) return { bytes: answer.ContentLength, length: answer.ContentLength ?? 0 }
  const [, first, last, total] = (answer.ContentRange?.match(/^bytes (\d+)-(\d+)\/(\d+)$/) ?? []).map(Number)
  const isAsked =
    total !== undefined && first === range.start && last === Math.min(range.end ?? total - 1, total - 1)
  if (!isAsked || answer.ContentLength !== last - first + 1) {
    throw new LedgerError('unavailable', `the store (${place.name}) gave another range than was asked for`)
  }
  return { bytes: total, length: answer.ContentLength }
}
