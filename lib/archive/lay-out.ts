import { createHash } from 'node:crypto'
import { type ArchiveEntry, type ArchiveManifest, MANIFEST_NAME } from '../run/archive-manifest.ts'
import { manifestBytes } from './manifest-bytes.ts'
import { END_BYTES, padding, tarHead } from './tar-head.ts'

/** Where one file stands in the tar: what comes before it at `tarStart`, its `bytes` at `dataStart`. */
export interface LaidEntry {
  /** As it is called in the tar: `{folder}/{path}`. */
  name: string
  tarStart: number
  dataStart: number
  bytes: number
  modifiedAt: string
  /** Null for the manifest itself, the first one. */
  entry: ArchiveEntry | null
}

/** A tar before there is one. */
export interface TarLayout {
  manifest: ArchiveManifest
  /** The manifest as it stands in the tar. */
  manifestBytes: Uint8Array
  manifestSha256: string
  entries: LaidEntry[]
  tarBytes: number
}

/** Where everything will stand in the tar of this manifest: the same for the same manifest, always. */
export function layOut(manifest: ArchiveManifest): TarLayout {
  const text = manifestBytes(manifest)
  const files = [
    { path: MANIFEST_NAME, bytes: text.length, modifiedAt: manifest.createdAt, entry: null },
    ...manifest.entries.map((entry) => ({ ...entry, entry })),
  ]
  let at = 0
  const entries = files.map(({ path, bytes, modifiedAt, entry }): LaidEntry => {
    const name = `${manifest.folder}/${path}`
    const tarStart = at
    const dataStart = at + tarHead({ name, bytes, modifiedAt }).length
    at = dataStart + bytes + padding(bytes)
    return { name, tarStart, dataStart, bytes, modifiedAt, entry }
  })
  const manifestSha256 = createHash('sha256').update(text).digest('hex')
  return { manifest, manifestBytes: text, manifestSha256, entries, tarBytes: at + END_BYTES }
}
