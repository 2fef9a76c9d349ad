import { BackupId } from './backup.ts'

/** What the keys of all backups begin with. Storage page, keys. */
export const BACKUPS = 'backups/'
const MANIFEST = 'manifest.json'

export const backupPrefix = (id: string) => `${BACKUPS}${id}/`
export const manifestKey = (id: string) => `${backupPrefix(id)}${MANIFEST}`
export const isManifestKey = (key: string) => key.endsWith(`/${MANIFEST}`)

/** The name of a table's file, below its backup. */
export const backupFileName = (table: string) => `${table}.ndjson.gz`

/** The backup that a key belongs to; null: to none. */
export function backupOfKey(key: string): string | null {
  const [, id] = /^backups\/([^/]+)\//.exec(key) ?? []
  return BackupId.safeParse(id).data ?? null
}
