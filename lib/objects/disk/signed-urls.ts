import { z } from 'zod'
import type { ObjectStore } from '../../ports/object-store.ts'
import type { Signer } from '../../ports/signer.ts'
import { LedgerError } from '../../run/errors.ts'
import { checkExpiry } from '../check-expiry.ts'
import { toSeal } from './to-seal.ts'

const EndsAt = z.number().int()
const Bytes = z.number().int().min(0)

/** What the bearer of a URL may do. */
export const Grant = z.discriminatedUnion('verb', [
  z.object({
    verb: z.literal('get'),
    key: z.string(),
    filename: z.string(),
    contentType: z.string().optional(),
    endsAt: EndsAt,
  }),
  z.object({
    verb: z.literal('put'),
    key: z.string(),
    bytes: Bytes,
    contentType: z.string(),
    endsAt: EndsAt,
  }),
  z.object({
    verb: z.literal('part'),
    key: z.string(),
    uploadId: z.string(),
    number: z.number(),
    bytes: Bytes,
    endsAt: EndsAt,
  }),
])
export type Grant = z.infer<typeof Grant>
export type GrantOf<V extends Grant['verb']> = Extract<Grant, { verb: V }>

type SignUrls = Pick<ObjectStore, 'presignGet' | 'presignPut' | 'presignPart'>

/** URLs that carry what they are good for, signed. Without a server to answer them, signing throws `unavailable`. */
export function signUrls(signer: Signer, baseUrl: (() => string) | null): SignUrls {
  const sign = (grant: Grant): string => {
    if (baseUrl === null)
      throw new LedgerError(
        'unavailable',
        'no server answers URLs of objects kept here: read or write them instead',
      )
    const payload = Buffer.from(JSON.stringify(grant)).toString('base64url')
    return `${baseUrl()}/objects/${signer.sign('disk-url', payload)}`
  }
  return {
    async presignGet(key, { filename, contentType, expiresSeconds }) {
      toSeal(key, contentType === undefined ? {} : { contentType })
      const endsAt = endOf(expiresSeconds)
      return sign({ verb: 'get', key, filename, ...(contentType ? { contentType } : {}), endsAt })
    },
    async presignPut(key, { bytes, contentType, expiresSeconds }) {
      toSeal(key, { contentType })
      const url = sign({ verb: 'put', key, bytes, contentType, endsAt: endOf(expiresSeconds) })
      return { method: 'PUT', url, headers: { 'content-type': contentType } }
    },
    async presignPart({ key, uploadId }, number, { bytes, expiresSeconds }) {
      const url = sign({ verb: 'part', key, uploadId, number, bytes, endsAt: endOf(expiresSeconds) })
      return { method: 'PUT', url, headers: {} }
    },
  }
}

/** What a URL was signed for; null where it was not signed here, or was changed. It may have expired. */
export function readGrant(signer: Signer, url: string): Grant | null {
  const [, signed = ''] = /\/objects\/([^/]+)$/.exec(new URL(url).pathname) ?? []
  const payload = signer.verify('disk-url', signed)
  return payload === null ? null : Grant.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()))
}

function endOf(seconds: number): number {
  checkExpiry(seconds)
  return Date.now() + seconds * 1000
}
