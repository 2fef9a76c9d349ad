import type { ArchiveEntry, ArchiveManifest } from '../run/archive-manifest.ts'
import { ArchiveFault } from './archive-fault.ts'
import { layOut } from './lay-out.ts'

/** What must come out of an archive, and has not yet. */
export class ExpectedEntries {
  readonly #tarBytes: number
  /** By their names in the tar. */
  readonly #left = new Map<string, ArchiveEntry>()
  readonly #seen = new Set<string>()

  constructor(manifest: ArchiveManifest) {
    const { entries, tarBytes } = layOut(manifest)
    this.#tarBytes = tarBytes
    for (const { name, entry } of entries)
      if (entry === null) this.#seen.add(name)
      else this.#left.set(name, entry)
  }

  /** The entry of this name, once. */
  take(name: string): ArchiveEntry {
    const entry = this.#left.get(name)
    if (entry === undefined)
      throw this.#seen.has(name)
        ? new ArchiveFault('duplicate', `${name} is in the archive twice`, { entry: name })
        : new ArchiveFault('extra', `${name} is in the archive, and not in its manifest`, { entry: name })
    this.#left.delete(name)
    this.#seen.add(name)
    return entry
  }

  /** Throws unless that was all, and the tar is as long as it must be. */
  end(tarBytes: number): void {
    for (const name of this.#left.keys())
      throw new ArchiveFault('missing', `${name} is in the manifest, and not in the archive`, { entry: name })
    const more = tarBytes - this.#tarBytes
    if (more > 0) throw new ArchiveFault('extra', `${more} bytes follow the end of the tar`)
    if (more < 0) throw new ArchiveFault('truncated', `the last ${-more} bytes of the tar are missing`)
  }
}
