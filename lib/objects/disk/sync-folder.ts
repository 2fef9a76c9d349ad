import { open, rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeFolder } from '../../files/make-folder.ts'
import { codeOf } from './disk-error.ts'

/** Makes what happened to the names in a folder outlast a power cut. Where the folder has gone, the one above knows of it. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT' && dirname(path) !== path) return null
    throw error
  })
  if (handle === null) return syncFolder(dirname(path))
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes a folder for its owner alone, and those that are missing above it, durably. */
export const makeFolderDurably = (path: string) =>
  makeFolder(path, { made: (folder) => syncFolder(dirname(folder)) })

/** Removes a folder and those above it as far as they are empty, up to but not with `root`. */
export async function pruneFolders(path: string, root: string): Promise<void> {
  for (let folder = path; folder !== root; folder = dirname(folder)) {
    const isGone = await rmdir(folder).then(
      () => true,
      (error: unknown) => codeOf(error) === 'ENOENT',
    )
    if (!isGone) return
  }
}
