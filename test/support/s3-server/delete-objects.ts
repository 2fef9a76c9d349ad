import { type Answer, element, S3Error, textsOf, xmlAnswer } from './answer.ts'
import type { Asked } from './asked.ts'
import type { Bucket } from './bucket.ts'
import { checkChecksums } from './checksums.ts'

export function deleteObjects({ objects }: Bucket, asked: Asked): Answer {
  if (checkChecksums(asked) === 0) throw new S3Error(400, 'MissingContentMD5')
  const xml = asked.body.toString()
  const keys = textsOf('Key', xml)
  if (keys.length === 0 || keys.length > 1000) throw new S3Error(400, 'MalformedXML')
  for (const key of keys) objects.delete(key)
  const isQuiet = textsOf('Quiet', xml)[0] === 'true'
  const deleted = isQuiet ? [] : keys.map((key) => `<Deleted>${element('Key', key)}</Deleted>`)
  return xmlAnswer('DeleteResult', deleted.join(''))
}
