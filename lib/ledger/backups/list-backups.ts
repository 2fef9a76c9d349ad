import type { Context } from '../../ports/context.ts'
import type { Backup, BackupManifest } from '../../run/backup.ts'
import { isLedgerError } from '../../run/errors.ts'
import { requireScope } from '../require-scope.ts'
import { foundBackups } from './found-backups.ts'
import { readManifest } from './manifest.ts'

/** The backups there are, newest first; with those that are being made, or were cut off. */
export async function listBackups(ctx: Context): Promise<Backup[]> {
  requireScope(ctx, 'admin')
  const found = await foundBackups(ctx)
  const backups: Backup[] = []
  for (const { id, isComplete } of found) backups.push(isComplete ? await read(ctx, id) : nothingOf(id))
  return backups
}

/** A complete backup as it is listed. */
export function toBackup({ id, takenAt, tool, schema, files }: BackupManifest): Backup {
  const sum = (of: 'rows' | 'bytes') => files.reduce((total, file) => total + file[of], 0)
  const totals = { tables: files.length, rows: sum('rows'), bytes: sum('bytes') }
  return { id, status: 'complete', takenAt, tool, schemaVersion: schema.version, ...totals }
}

async function read(ctx: Context, id: string): Promise<Backup> {
  try {
    const manifest = await readManifest(ctx, id)
    return manifest === null ? nothingOf(id) : toBackup(manifest)
  } catch (error) {
    if (!isLedgerError(error) || error.code !== 'conflict') throw error
    return { ...nothingOf(id), status: 'unreadable' }
  }
}

const nothingOf = (id: string): Backup => ({
  ...{ id, status: 'incomplete', takenAt: null, tool: null },
  ...{ schemaVersion: null, tables: null, rows: null, bytes: null },
})
