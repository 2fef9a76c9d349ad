import { createHash } from 'node:crypto'
import type { ArchiveEntry, ArchiveManifest } from '../run/archive-manifest.ts'
import { unsafeNameFault } from '../run/archive-name.ts'
import { ArchiveFault } from './archive-fault.ts'
import type { Codec } from './codec.ts'
import { counted } from './counted.ts'
import { ExpectedEntries } from './expected-entries.ts'
import { readManifest } from './read-manifest.ts'
import { readTar, type TarEntry } from './read-tar.ts'

/** An archive that is what its manifest says. */
export interface CheckedArchive {
  /** Of the file as it is stored. */
  bytes: number
  sha256: string
  manifest: ArchiveManifest
  manifestSha256: string
}

/** What an archive is known to be. */
export interface ExpectedArchive {
  bytes?: number
  sha256?: string
  manifestSha256?: string
}

/**
 * Reads an archive whole, in constant memory, and compares all of it: every entry with the manifest, the file and the manifest with
 * what is expected. Throws an ArchiveFault that names what is wrong; what the stream throws passes.
 */
export async function checkArchive(
  stream: AsyncIterable<Uint8Array>,
  { codec, expect = {} }: { codec: Codec; expect?: ExpectedArchive },
): Promise<CheckedArchive> {
  const hash = createHash('sha256')
  const file = counted(stream, (chunk) => hash.update(chunk))
  const tar = counted(codec.readBack(file.stream))
  let found: { manifest: ArchiveManifest; sha256: string } | null = null
  let entries: ExpectedEntries | null = null
  for await (const tarEntry of readTar(tar.stream)) {
    refuseUnsafe(tarEntry)
    if (entries === null) {
      found = await readManifest(tarEntry)
      refuseOther('manifest', found.sha256, expect.manifestSha256)
      entries = new ExpectedEntries(found.manifest)
    } else await compare(tarEntry, entries.take(tarEntry.header.name))
  }
  if (found === null || entries === null)
    throw new ArchiveFault('manifest', 'the archive is empty: it has no manifest')
  entries.end(tar.bytes())
  const [bytes, sha256] = [file.bytes(), hash.digest('hex')]
  if (expect.bytes !== undefined && bytes !== expect.bytes)
    throw new ArchiveFault('unexpected', `the archive has ${bytes} bytes, and not ${expect.bytes}`)
  refuseOther('archive', sha256, expect.sha256)
  return { bytes, sha256, manifest: found.manifest, manifestSha256: found.sha256 }
}

function refuseUnsafe({ header: { name, type } }: TarEntry): void {
  const fault = type === 'file' ? unsafeNameFault(name) : `is a ${type}, and archives hold plain files alone`
  if (fault === null) return
  throw new ArchiveFault('unsafe', `the entry ${JSON.stringify(name)} ${fault}; it is refused`, {
    entry: name,
  })
}

async function compare(
  { header: { name, size }, body }: TarEntry,
  { bytes, sha256 }: ArchiveEntry,
): Promise<void> {
  if (size !== bytes) throw differs(name, `it has ${size} bytes, and not ${bytes}`)
  const hash = createHash('sha256')
  for await (const chunk of body) hash.update(chunk)
  if (hash.digest('hex') !== sha256) throw differs(name, 'its SHA-256 is another')
}

const differs = (entry: string, what: string) =>
  new ArchiveFault('differs', `${entry} is not what the manifest says: ${what}`, { entry })

function refuseOther(what: string, found: string, expected: string | undefined): void {
  if (expected !== undefined && found !== expected)
    throw new ArchiveFault('unexpected', `the SHA-256 of the ${what} is ${found}, and not ${expected}`)
}
