import type { Context } from '../../ports/context.ts'
import { BACKUPS, isManifestKey } from '../../run/backup-key.ts'
import { LedgerError } from '../../run/errors.ts'
import { type FoundBackup, foundBackups } from './found-backups.ts'

const DAY_MS = 86_400_000
const MOST_KEYS = 1_000

/**
 * Removes all complete backups but the newest `backupsKept`, and what was cut off over a day before `at`, with its uploads.
 * Gives back the ids of what is gone.
 */
export async function removeOldBackups(ctx: Context, at: string): Promise<string[]> {
  const found = await foundBackups(ctx)
  const isAbandoned = (since: string) => Date.parse(at) - Date.parse(since) > DAY_MS
  const old = found.filter(({ isComplete }) => isComplete).slice(ctx.retention.backupsKept)
  const cutOff = found.filter(({ isComplete, modifiedAt }) => !isComplete && isAbandoned(modifiedAt))
  for (const backup of [...old, ...cutOff]) await removeBackup(ctx, backup)
  for (const upload of await ctx.objects.listMultiparts({ prefix: BACKUPS, limit: MOST_KEYS }))
    if (isAbandoned(upload.startedAt)) await ctx.objects.abortMultipart(upload)
  return [...old, ...cutOff].map(({ id }) => id)
}

/** Removes a backup, its manifest first: what is left half removed is not taken for a backup. Throws `unavailable`. */
export async function removeBackup(ctx: Context, { keys }: Pick<FoundBackup, 'keys'>): Promise<void> {
  const manifest = keys.filter(isManifestKey)
  const files = keys.filter((key) => !isManifestKey(key))
  for (const some of [manifest, files]) {
    for (let at = 0; at < some.length; at += MOST_KEYS) {
      const [failed] = await ctx.objects.deleteMany(some.slice(at, at + MOST_KEYS))
      if (failed !== undefined)
        throw new LedgerError('unavailable', `${failed.key} could not be removed: ${failed.error}`)
    }
  }
}
