import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { fittingAnswer } from '../../run/answer-size.ts'
import { LedgerError } from '../../run/errors.ts'
import { RunId } from '../../run/ids.ts'
import { LIMITS } from '../../run/limits.ts'
import { type Sweep, SweepKind } from '../../run/sweep.ts'
import { sweepArchive } from '../archives/sweep-archive.ts'
import { sweepVerify } from '../archives/sweep-verify.ts'
import { sweepCleanup } from '../deletion/cleanup-old-runs.ts'
import { sweepDelete } from '../deletion/sweep-delete.ts'
import { sweepPurge } from '../deletion/sweep-purge.ts'
import { sweepReconcile } from '../deletion/sweep-reconcile.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { sweepStale } from './sweep-stale.ts'

export const StartSweep = z
  .strictObject({
    kind: SweepKind,
    dryRun: z.boolean().default(false).meta({ description: 'Look, and touch nothing' }),
  })
  .meta({ id: 'StartSweep' })
export type StartSweep = z.input<typeof StartSweep>

/** Makes one sweep now, to its end. */
export async function startSweep(ctx: Context, input: StartSweep): Promise<Sweep> {
  requireScope(ctx, 'admin')
  const { kind, dryRun } = parseInput(StartSweep, input)
  switch (kind) {
    case 'stale':
      return (await sweepStale(ctx, { dryRun })).sweep
    case 'archive':
      return await sweepArchive(ctx, { dryRun })
    case 'verify':
      return await sweepVerify(ctx, { dryRun })
    case 'delete':
      return await sweepDelete(ctx, { dryRun })
    case 'purge':
      return await sweepPurge(ctx, { dryRun })
    case 'cleanup':
      return await sweepCleanup(ctx, { dryRun })
    case 'reconcile':
      return await sweepReconcile(ctx, { dryRun })
  }
}

export const ListSweeps = z.strictObject({
  kind: SweepKind.optional(),
  limit: z.coerce.number().int().min(1).max(LIMITS.pageSize).default(LIMITS.defaultPageSize),
  cursor: RunId.optional().meta({ description: 'The nextCursor of the page before' }),
})
export type ListSweeps = z.input<typeof ListSweeps>

/** Sweeps, newest first. */
export async function listSweeps(
  ctx: Context,
  input: ListSweeps = {},
): Promise<{ data: Sweep[]; nextCursor: string | null }> {
  requireScope(ctx, 'admin')
  const { kind, limit, cursor } = parseInput(ListSweeps, input)
  const sweeps = await ctx.sweeps.list({ kind, after: cursor, limit: limit + 1 })
  const data = fittingAnswer(sweeps.slice(0, limit))
  return { data, nextCursor: sweeps.length > data.length ? (data.at(-1)?.id ?? null) : null }
}

export const GetSweep = z.strictObject({ id: RunId })
export type GetSweep = z.input<typeof GetSweep>

/** One sweep. Throws `not_found`. */
export async function getSweep(ctx: Context, input: GetSweep): Promise<Sweep> {
  requireScope(ctx, 'admin')
  const { id } = parseInput(GetSweep, input)
  const sweep = await ctx.sweeps.get(id)
  if (sweep === null) throw new LedgerError('not_found', `there is no sweep ${id}`)
  return sweep
}
