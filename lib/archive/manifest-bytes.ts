import { ArchiveManifest } from '../run/archive-manifest.ts'
import { LedgerError } from '../run/errors.ts'

/** What a manifest has at most: some 200,000 files. It is held in memory. */
export const MOST_MANIFEST_BYTES = 64 * 1_024 * 1_024

/**
 * A manifest as it stands in the tar: the same bytes in whatever order a database gave its keys back. Throws where it is none, and
 * `too_large` past `MOST_MANIFEST_BYTES`.
 */
export function manifestBytes(manifest: ArchiveManifest): Uint8Array {
  const bytes = Buffer.from(`${JSON.stringify(withSortedKeys(ArchiveManifest.parse(manifest)), null, 1)}\n`)
  if (bytes.length > MOST_MANIFEST_BYTES)
    throw new LedgerError('too_large', `${manifest.entries.length} files are too many for one archive`)
  return bytes
}

function withSortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSortedKeys)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, inner]) => [key, withSortedKeys(inner)] as const)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}
