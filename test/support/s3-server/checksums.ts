import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { S3Error } from './answer.ts'
import type { Asked } from './asked.ts'

const CHECKSUMS: Record<string, (body: Buffer) => Buffer> = {
  'content-md5': (body) => createHash('md5').update(body).digest(),
  'x-amz-checksum-sha256': (body) => createHash('sha256').update(body).digest(),
  'x-amz-checksum-crc32': (body) => {
    const sum = Buffer.alloc(4)
    sum.writeUInt32BE(crc32(body))
    return sum
  },
}

/** Refuses a body that is not the one its checksums were made of. Says how many there were. */
export function checkChecksums({ headers, body }: Asked): number {
  const given = Object.keys(headers).filter((name) => name === 'content-md5' || /^x-amz-checksum-/.test(name))
  for (const name of given) {
    const compute = CHECKSUMS[name]
    if (!compute) throw new S3Error(501, 'NotImplemented', `this server knows no ${name}`)
    if (compute(body).toString('base64') !== headers[name]) throw new S3Error(400, 'BadDigest')
  }
  return given.length
}
