import { z } from 'zod'
import type { BackupTarget } from '../../ports/backup-store.ts'
import type { Context } from '../../ports/context.ts'
import { type Backup, type BackupFile, BackupId, type BackupManifest } from '../../run/backup.ts'
import { LedgerError } from '../../run/errors.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { toBackup } from './list-backups.ts'
import { readManifest } from './manifest.ts'
import { readTable } from './read-table.ts'
import { refuseUnfit } from './refuse-unfit.ts'

export const RestoreBackup = z.strictObject({ id: BackupId })
export type RestoreBackup = z.input<typeof RestoreBackup>

/**
 * Brings a backup into this ledger's database, which is empty and has the same schema: row by row as they were, or, where
 * anything is not as it must be, not at all. Every file is read whole and compared before the first row is written. Throws `not_found`;
 * `conflict` for a database that is not empty, another schema, and a file that is damaged, naming it.
 */
export async function restoreBackup(ctx: Context, input: RestoreBackup): Promise<Backup> {
  requireScope(ctx, 'admin')
  const { id } = parseInput(RestoreBackup, input)
  const manifest = await readManifest(ctx, id)
  if (manifest === null)
    throw new LedgerError(
      'not_found',
      `there is no complete backup ${id}; \`runledger backup list\` shows those there are`,
    )
  // First what is soon known: to read the files may take minutes.
  await ctx.backups.fill(async (target) => refuseUnfit(manifest, target))
  for (const file of manifest.files) await readThrough(ctx, id, file)
  await ctx.backups.fill((target) => fill(ctx, manifest, target))
  return toBackup(manifest)
}

const restored = (ctx: Context, { id, takenAt }: BackupManifest) => ({
  id: ctx.newId(),
  action: 'ledger.restored' as const,
  actor: ctx.actor.name,
  requestId: ctx.requestId,
  reason: `the backup ${id} was brought back`,
  stats: { backup: id, takenAt },
})

async function readThrough(ctx: Context, id: string, file: BackupFile): Promise<void> {
  for await (const _ of readTable(ctx, id, file));
}

async function fill(ctx: Context, manifest: BackupManifest, target: BackupTarget): Promise<void> {
  refuseUnfit(manifest, target)
  const files = new Map(manifest.files.map((file) => [file.table, file]))
  for (const table of target.tables) {
    const file = files.get(table)
    if (file === undefined) continue
    for await (const rows of readTable(ctx, manifest.id, file)) await target.insert(table, rows)
  }
  // After all of them: what one table's rows might have added to another would show.
  for (const { table, rows } of manifest.files) {
    const count = await target.count(table)
    if (count !== rows)
      throw new LedgerError(
        'conflict',
        `${table} has ${count} rows after all, not ${rows}; nothing was brought back`,
      )
  }
  await target.setSequences(manifest.sequences)
  await target.audit(restored(ctx, manifest))
}
