import type { PutOptions } from '../../ports/object-store.ts'
import { LedgerError } from '../../run/errors.ts'
import { toBytes } from './key-place.ts'
import type { Seal } from './sealed-file.ts'

const MAX_METADATA_BYTES = 2048

/** What is kept of an object besides its bytes. Throws `invalid` for a key or metadata that not every store could keep. */
export function toSeal(key: string, { contentType, metadata = {} }: PutOptions = {}): Seal {
  toBytes(key)
  if (contentType !== undefined && !/^[\x21-\x7e][\x20-\x7e]{0,254}$/.test(contentType))
    throw new LedgerError('invalid', 'a content type is of 1 to 255 printable ASCII characters')
  const entries = Object.entries(metadata)
  const isRight = entries.every(([name, value]) => /^[a-z0-9-]+$/.test(name) && /^[\x20-\x7e]*$/.test(value))
  const bytes = entries.reduce((sum, [name, value]) => sum + name.length + value.length, 0)
  if (!isRight || bytes > MAX_METADATA_BYTES)
    throw new LedgerError(
      'invalid',
      `metadata is of small letters, digits and dashes, with values of printable ASCII, ${MAX_METADATA_BYTES} bytes in all`,
    )
  return { key, contentType: contentType ?? null, metadata }
}
