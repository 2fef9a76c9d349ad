import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** What the server keeps, in memory. */
export interface Bucket {
  objects: Map<string, KeptObject>
  uploads: Map<string, KeptUpload>
}

export interface KeptObject {
  body: Buffer
  etag: string
  modifiedAt: Date
  contentType: string
  metadata: Record<string, string>
}

export interface KeptUpload {
  key: string
  startedAt: Date
  contentType: string
  metadata: Record<string, string>
  parts: Map<number, { body: Buffer; etag: string }>
}

export function md5(body: Buffer): string {
  return createHash('md5').update(body).digest('hex')
}

export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** What a request says of the object it makes. */
export function describedBy(headers: IncomingHttpHeaders): Pick<KeptObject, 'contentType' | 'metadata'> {
  const given = Object.entries(headers).filter(([name]) => name.startsWith('x-amz-meta-'))
  const metadata = Object.fromEntries(
    given.map(([name, value]) => [name.slice('x-amz-meta-'.length), String(value)]),
  )
  return { contentType: headers['content-type'] ?? 'binary/octet-stream', metadata }
}
