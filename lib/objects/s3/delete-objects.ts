import { createHash } from 'node:crypto'
import { DeleteObjectsCommand } from '@aws-sdk/client-s3'
import { LedgerError } from '../../run/errors.ts'
import { notS3, type Place } from './place.ts'

const MAX_KEYS = 1000

/** A key counts as removed where the server says so of that key, and not before. */
export async function deleteObjects(place: Place, keys: string[]): Promise<{ key: string; error: string }[]> {
  if (keys.length > MAX_KEYS)
    throw new LedgerError('invalid', `${keys.length} keys are more than ${MAX_KEYS} at once`)
  if (keys.length === 0) return []
  const unique = [...new Set(keys)]
  const command = new DeleteObjectsCommand({
    Bucket: place.bucket,
    Delete: { Objects: unique.map((Key) => ({ Key })) },
  })
  if (place.checksums === 'required') sendMd5(command)
  const { Deleted = [], Errors = [] } = await place.ask((s3, sending) => s3.send(command, sending))
  if (Deleted.length + Errors.length === 0) throw notS3(place)
  const removed = new Set(Deleted.map(({ Key }) => Key))
  const refused = new Map(Errors.map(({ Key, Code, Message }) => [Key, { Code, words: [Code, Message] }]))
  return unique.flatMap((key) => {
    const error = refused.get(key)
    if (error ? error.Code === 'NoSuchKey' : removed.has(key)) return []
    return [
      { key, error: error?.words.filter(Boolean).join(': ') || 'the store did not say that it is removed' },
    ]
  })
}

/** Servers that know no newer checksums demand this one for a list of keys; the client would send only a newer one. */
function sendMd5(command: DeleteObjectsCommand): void {
  command.middlewareStack.add(
    (next) => (args) => {
      const { headers, body } = args.request as { headers: Record<string, string>; body: string }
      headers['content-md5'] = createHash('md5').update(body).digest('base64')
      return next(args)
    },
    { step: 'build', priority: 'low', name: 'sendMd5' },
  )
}
