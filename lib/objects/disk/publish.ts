import { link, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf } from './disk-error.ts'
import { makeFolderDurably, syncFolder } from './sync-folder.ts'

/** How often a folder may vanish (its last object removed by another) between its making and our name in it. */
const TRIES = 50

/**
 * Gives a finished file its name, whole and at once for every reader; the draft is gone afterwards. With `ifAbsent`, and an
 * object there already, false: of any number of processes one is told true. Durable when this comes back, either way.
 */
export async function publish(draft: string, path: string, ifAbsent: boolean): Promise<boolean> {
  try {
    const isOurs = await place(draft, path, ifAbsent)
    await syncFolder(dirname(path))
    return isOurs
  } finally {
    await rm(draft, { force: true })
  }
}

async function place(draft: string, path: string, ifAbsent: boolean): Promise<boolean> {
  for (let tries = 1; ; tries += 1)
    try {
      // Unlike a rename, a link does not replace.
      await (ifAbsent ? link(draft, path) : rename(draft, path))
      return true
    } catch (error) {
      if (ifAbsent && codeOf(error) === 'EEXIST') return false
      if (codeOf(error) !== 'ENOENT' || tries === TRIES) throw error
      await makeFolderDurably(dirname(path)).catch(ignoreGone)
    }
}

/** A folder above has vanished while this one was made: the next try makes it anew. */
function ignoreGone(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error
}
