import { createHash } from 'node:crypto'

export function sha256(body: Uint8Array): Buffer {
  return createHash('sha256').update(body).digest()
}

/** What every server checks, also those that know no newer checksums. */
export function md5(body: Uint8Array): string {
  return createHash('md5').update(body).digest('base64')
}
