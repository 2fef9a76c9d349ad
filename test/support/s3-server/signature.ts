import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { S3Error } from './answer.ts'
import type { Asked } from './asked.ts'

export interface Credentials {
  accessKeyId: string
  secretAccessKey: string
  region: string
}

interface Signature {
  credential: string
  signedHeaders: string[]
  signature: string
  /** As signed: `20261122T041808Z`. */
  date: string
  payload: string
}

const SKEW_MS = 15 * 60_000

/** Refuses a request that is not signed by these credentials (AWS Signature Version 4), in headers or in its URL. */
export function verifySignature(asked: Asked, credentials: Credentials, now: Date): void {
  const isPresigned = asked.query.has('X-Amz-Signature')
  const given = isPresigned ? fromQuery(asked.query, now) : fromHeaders(asked, now)
  const [accessKeyId, day = '', region, service, end] = given.credential.split('/')
  if (accessKeyId !== credentials.accessKeyId) throw new S3Error(403, 'InvalidAccessKeyId')
  if (region !== credentials.region || service !== 's3' || end !== 'aws4_request') {
    throw new S3Error(400, 'AuthorizationHeaderMalformed')
  }
  checkSignedHeaders(asked, given.signedHeaders)
  const scope = `${day}/${region}/s3/aws4_request`
  const words = ['AWS4-HMAC-SHA256', given.date, scope, sha256(canonicalRequest(asked, given))].join('\n')
  const key = [day, region, 's3', 'aws4_request'].reduce(
    (secret: Buffer | string, word) => hmac(secret, word),
    `AWS4${credentials.secretAccessKey}`,
  )
  const [expected, found] = [hmac(key, words), Buffer.from(given.signature, 'hex')]
  if (expected.length !== found.length || !timingSafeEqual(expected, found)) {
    throw new S3Error(403, 'SignatureDoesNotMatch')
  }
  checkPayload(asked, given.payload)
}

function fromQuery(query: URLSearchParams, now: Date): Signature {
  const read = (name: string) => query.get(`X-Amz-${name}`) ?? ''
  const date = read('Date')
  const age = now.getTime() - toTime(date)
  if (age > Number(read('Expires')) * 1000) throw new S3Error(403, 'AccessDenied', 'Request has expired')
  if (age < -SKEW_MS) throw new S3Error(403, 'AccessDenied', 'Request is not yet valid')
  return {
    credential: read('Credential'),
    signedHeaders: read('SignedHeaders').split(';'),
    signature: read('Signature'),
    date,
    payload: 'UNSIGNED-PAYLOAD',
  }
}

function fromHeaders({ headers }: Asked, now: Date): Signature {
  const [, credential = '', signedHeaders = '', signature = ''] =
    headers.authorization?.match(
      /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]+)$/,
    ) ?? []
  if (!signature) throw new S3Error(403, 'AccessDenied')
  const date = String(headers['x-amz-date'])
  if (!(Math.abs(now.getTime() - toTime(date)) < SKEW_MS)) throw new S3Error(403, 'RequestTimeTooSkewed')
  return {
    credential,
    signedHeaders: signedHeaders.split(';'),
    signature,
    date,
    payload: String(headers['x-amz-content-sha256']),
  }
}

/** What S3 acts on must be signed; as Ceph does, so must a type be where the URL is signed. */
function checkSignedHeaders({ headers, query }: Asked, signed: string[]): void {
  const must = (name: string) =>
    name === 'host' || name.startsWith('x-amz-') || (name === 'content-type' && query.has('X-Amz-Signature'))
  const unsigned = Object.keys(headers).filter((name) => must(name) && !signed.includes(name))
  if (unsigned.length > 0) throw new S3Error(403, 'AccessDenied', `headers that are not signed: ${unsigned}`)
}

function canonicalRequest(
  { method, path, query, headers }: Asked,
  { signedHeaders, payload }: Signature,
): string {
  const pairs = [...query].filter(([name]) => name !== 'X-Amz-Signature')
  const canonicalQuery = pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).toSorted()
  const canonicalHeaders = signedHeaders.map(
    (name) =>
      `${name}:${String(headers[name] ?? '')
        .trim()
        .replace(/ +/g, ' ')}\n`,
  )
  const canonicalPath = path
    .split('/')
    .map((segment) => encode(decodeURIComponent(segment)))
    .join('/')
  return [
    method,
    canonicalPath,
    canonicalQuery.join('&'),
    canonicalHeaders.join(''),
    signedHeaders.join(';'),
    payload,
  ].join('\n')
}

function checkPayload({ body }: Asked, payload: string): void {
  if (payload.startsWith('STREAMING-'))
    throw new S3Error(501, 'NotImplemented', 'this server takes no aws-chunked bodies')
  if (payload !== 'UNSIGNED-PAYLOAD' && payload !== sha256(body))
    throw new S3Error(400, 'XAmzContentSHA256Mismatch')
}

function toTime(date: string): number {
  return Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function hmac(key: Buffer | string, words: string): Buffer {
  return createHmac('sha256', key).update(words).digest()
}
