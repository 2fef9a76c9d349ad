import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDisk } from '../../lib/objects/disk/open-disk.ts'
import { hkdfSigner } from '../../lib/runtime/signer.ts'

export const signer = hkdfSigner('a secret of the tests, which signs the URLs of objects')

/** An object that others are copied from. */
export const SOURCE = 'source'

/** What a step writes: another length and other bytes for each, up to some 400 KB. */
export function bodyOf(step: string): Buffer {
  const times = step === SOURCE ? 7 : Number(step) % 5 === 0 ? 40_000 : 400
  return Buffer.from(`the bytes of ${step}\n`.repeat(times))
}

/** A store in a folder of its own, and every file there is below it. */
export async function openTemporary() {
  const folder = await mkdtemp(join(tmpdir(), 'runledger-objects-'))
  const another = () => openDisk({ folder, signer, baseUrl: null })
  return {
    folder,
    another,
    store: await another(),
    /** Names of files and folders, relative to `keys`, `drafts` or `uploads`. */
    namesIn: async (name: string) =>
      (await readdir(join(folder, name), { recursive: true })).map((path) => path.normalize()).toSorted(),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
