import { readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { codeOf } from './disk-error.ts'
import { toPlace } from './key-place.ts'
import { makeFolderDurably, syncFolder } from './sync-folder.ts'

/** What a killed process may leave in the folder of drafts stays this long: another process may be at it. */
const ABANDONED_MS = 60 * 60 * 1000

/** The folders of one store. */
export interface Layout {
  folder: string
  /** Objects, in a tree of folders that is that of their keys. */
  keys: string
  /** A folder an upload. */
  uploads: string
  /** What is being made or removed. */
  drafts: string
  /** The file of an object. Throws `invalid` for what can be no key. */
  fileOf(key: string): string
  /** A name for a draft that nobody else has. */
  draft(): string
}

/** Makes the folders that are missing, and removes the drafts that were left an hour ago. */
export async function openLayout(folder: string): Promise<Layout> {
  const [keys, uploads, drafts] = ['keys', 'uploads', 'drafts'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  for (const path of [keys, uploads, drafts]) await makeFolderDurably(path)
  await sweep(drafts)
  return {
    folder,
    keys,
    uploads,
    drafts,
    fileOf: (key) => join(keys, ...toPlace(key)),
    draft: () => join(drafts, crypto.randomUUID()),
  }
}

/** Removes a folder that others may be at: it is theirs no more at once, and gone thereafter. */
export async function removeFolder({ draft }: Layout, path: string): Promise<void> {
  const out = draft()
  try {
    await rename(path, out)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  await syncFolder(dirname(path))
  await rm(out, { recursive: true, force: true })
}

async function sweep(drafts: string): Promise<void> {
  for (const name of await readdir(drafts)) {
    const path = join(drafts, name)
    const found = await stat(path).catch(() => null)
    if (found !== null && Date.now() - found.mtimeMs > ABANDONED_MS)
      await rm(path, { recursive: true, force: true })
  }
}
