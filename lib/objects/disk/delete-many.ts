import { unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LedgerError } from '../../run/errors.ts'
import { codeOf, toDiskError } from './disk-error.ts'
import { inTurns } from './in-turns.ts'
import type { Layout } from './layout.ts'
import { pruneFolders, syncFolder } from './sync-folder.ts'

const MOST = 1000

/** Removes objects, and the folders that are empty without them. */
export async function deleteMany(
  { folder, keys: root, fileOf }: Layout,
  keys: string[],
): Promise<{ key: string; error: string }[]> {
  if (keys.length > MOST) throw new LedgerError('invalid', `${MOST} objects at a time, not ${keys.length}`)
  const errors: { key: string; error: string }[] = []
  const folders = new Set<string>()
  await inTurns(keys, async (key) => {
    try {
      const path = fileOf(key)
      await unlink(path).catch((error: unknown) => {
        if (codeOf(error) !== 'ENOENT') throw error
      })
      folders.add(dirname(path))
    } catch (error) {
      errors.push({ key, error: (toDiskError(error, folder) as Error).message })
    }
  })
  // A folder is synced before it goes, or else its objects might come back with it.
  await inTurns([...folders], async (path) => {
    await syncFolder(path)
    await pruneFolders(path, root)
  })
  return errors
}
