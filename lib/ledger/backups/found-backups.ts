import type { Context } from '../../ports/context.ts'
import type { ListedObject } from '../../ports/object-store.ts'
import { BACKUPS, backupOfKey, isManifestKey } from '../../run/backup-key.ts'

/** What there is of one backup in the object store. */
export interface FoundBackup {
  id: string
  isComplete: boolean
  keys: string[]
  modifiedAt: string
}

const PAGE = 1_000

/** Every backup that anything is there of, newest first. What is called otherwise is none, and left alone. */
export async function foundBackups(ctx: Context): Promise<FoundBackup[]> {
  const found = new Map<string, FoundBackup>()
  for (let startAfter = ''; ; ) {
    const page = await ctx.objects.list({ prefix: BACKUPS, startAfter, limit: PAGE })
    for (const object of page) note(found, object)
    const last = page.at(-1)
    if (last === undefined) break
    startAfter = last.key
  }
  return [...found.values()].toSorted((a, b) => (a.id < b.id ? 1 : -1))
}

function note(found: Map<string, FoundBackup>, { key, modifiedAt }: ListedObject): void {
  const id = backupOfKey(key)
  if (id === null) return
  const backup = found.get(id) ?? { id, isComplete: false, keys: [], modifiedAt }
  backup.keys.push(key)
  backup.isComplete ||= isManifestKey(key)
  if (modifiedAt > backup.modifiedAt) backup.modifiedAt = modifiedAt
  found.set(id, backup)
}
