import { z } from 'zod'

const Path = z.string().meta({ description: 'In NFC: the name it goes by' })
const Headers = z
  .record(z.string(), z.string())
  .meta({ description: 'To be sent as they are', example: { 'content-type': 'text/csv' } })
const ExpiresAt = z.iso.datetime().meta({ description: 'Until when the URLs are good; then ask again' })
const Url = z.string().meta({ description: 'Takes a PUT of exactly so many bytes, without a key' })
const Count = z.number().int().min(0)

const Nothing = z.object({ path: Path, method: z.literal('none') })
const WholePut = z.object({
  path: Path,
  method: z.literal('put'),
  url: Url,
  headers: Headers,
  expiresAt: ExpiresAt,
})
const InParts = z.object({
  path: Path,
  method: z.literal('parts'),
  partBytes: Count.meta({ description: 'Of each part but the last: part n begins at (n - 1) times this' }),
  parts: z
    .array(z.object({ number: Count, bytes: Count, url: Url, headers: Headers }))
    .meta({ description: 'Parts that are not stored yet, 100 at most' }),
  storedParts: Count.meta({ description: 'How many need not be sent again' }),
  moreParts: z.boolean().meta({ description: 'Whether to ask again once these are sent' }),
  expiresAt: ExpiresAt,
})

/** What is to be sent, and where to, before the file can be committed. */
export const OutputUpload = z.discriminatedUnion('method', [Nothing, WholePut, InParts]).meta({
  id: 'OutputUpload',
  description:
    '`put`: send the file to `url`; 412 says that it is there already. `parts`: send each part. `none`: nothing is left to ' +
    'send. Then commit it',
})
export type OutputUpload = z.infer<typeof OutputUpload>
