import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { Backup, type BackupManifest } from '../../run/backup.ts'
import { backupPrefix } from '../../run/backup-key.ts'
import { isLedgerError, LedgerError } from '../../run/errors.ts'
import { requireScope } from '../require-scope.ts'
import { foundBackups } from './found-backups.ts'
import { toBackup } from './list-backups.ts'
import { writeManifest } from './manifest.ts'
import { removeBackup, removeOldBackups } from './remove-backups.ts'
import { writeTables } from './write-tables.ts'

/** What came of a backup. */
export const BackedUp = z.object({
  backup: Backup,
  removed: z.array(z.string()).meta({ description: 'Backups that were removed for it, by their ids' }),
})
export type BackedUp = z.infer<typeof BackedUp>

export interface BackupOptions {
  /** How much time it has; a function has no more than four minutes. */
  budgetMs?: number
  signal?: AbortSignal
}

const FUNCTION_MS = 240_000

/**
 * Writes every table, as of one instant, to `backups/{date}/` in the object store, and then removes what is more than the number that
 * is kept. One that is cut off is begun anew by the next, and never looks complete. Throws `conflict` while another is made,
 * `unavailable` when its time is over.
 */
export async function backupLedger(
  ctx: Context,
  { budgetMs = FUNCTION_MS, signal }: BackupOptions = {},
): Promise<BackedUp> {
  requireScope(ctx, 'admin')
  const until = ctx.now() + budgetMs
  const check = () => {
    if (signal?.aborted === true || ctx.now() > until) throw tooLong(budgetMs)
  }
  const manifest = await writtenTables(ctx, check)
  if (manifest === null) throw new LedgerError('conflict', 'another backup is being made; wait for its end')
  await writeManifest(ctx, manifest)
  await refuseGaps(ctx, manifest)
  return { backup: toBackup(manifest), removed: await removedFor(ctx, manifest) }
}

async function writtenTables(ctx: Context, check: () => void): Promise<BackupManifest | null> {
  return await ctx.backups.read(async (snapshot) => {
    const keys: string[] = []
    try {
      return await writeTables(ctx, snapshot, { check, written: (key) => keys.push(key) })
    } catch (error) {
      // What cannot be removed now is, a day later, by another backup.
      await removeBackup(ctx, { keys }).catch(() => {})
      throw error
    }
  })
}

/** A process that slept for a day may have been taken for dead, and its files removed. */
async function refuseGaps(ctx: Context, { id, files }: BackupManifest): Promise<void> {
  const [made] = (await foundBackups(ctx)).filter((one) => one.id === id)
  const there = new Set(made?.keys)
  const missing = files.find(({ file }) => !there.has(`${backupPrefix(id)}${file}`))
  if (missing === undefined) return
  await removeBackup(ctx, { keys: [...there] })
  throw new LedgerError('unavailable', `${missing.file} of the backup ${id} is gone; make another`)
}

async function removedFor(ctx: Context, { id, takenAt }: BackupManifest): Promise<string[]> {
  try {
    return await removeOldBackups(ctx, takenAt)
  } catch (error) {
    if (!isLedgerError(error)) throw error
    throw new LedgerError(error.code, `the backup ${id} is complete, but ${error.message}`, { cause: error })
  }
}

const tooLong = (budgetMs: number) =>
  new LedgerError(
    'unavailable',
    `the backup was not through in ${Math.round(budgetMs / 1_000)} s, and nothing is left of it; \`runledger backup now\` with DATABASE_URL and S3_BUCKET set takes the time it needs`,
  )
