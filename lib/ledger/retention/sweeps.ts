import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { fittingAnswer } from '../../run/answer-size.ts'
import { LedgerError } from '../../run/errors.ts'
import { RunId } from '../../run/ids.ts'
import { LIMITS } from '../../run/limits.ts'
import { RegularSweep, type Sweep, SweepKind, SweepStatus } from '../../run/sweep.ts'
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
    kind: RegularSweep,
    dryRun: z.boolean().default(false).meta({ description: 'Look, and touch nothing' }),
  })
  .meta({ id: 'StartSweep' })
export type StartSweep = z.input<typeof StartSweep>

export interface StartSweepOptions {
  /** How long it may take; what is left is the next one's. */
  budgetMs?: number
}

/** Makes one sweep now, to its end. */
export async function startSweep(
  ctx: Context,
  input: StartSweep,
  options: StartSweepOptions = {},
): Promise<Sweep> {
  requireScope(ctx, 'admin')
  const { kind, dryRun } = parseInput(StartSweep, input)
  switch (kind) {
    case 'stale':
      return (await sweepStale(ctx, { dryRun }, options)).sweep
    case 'archive':
      return await sweepArchive(ctx, { dryRun }, options)
    case 'verify':
      return await sweepVerify(ctx, { dryRun }, options)
    case 'delete':
      return await sweepDelete(ctx, { dryRun }, options)
    case 'purge':
      return await sweepPurge(ctx, { dryRun }, options)
    case 'cleanup':
      return await sweepCleanup(ctx, { dryRun }, options)
    case 'reconcile':
      return await sweepReconcile(ctx, { dryRun }, options)
  }
}

export const ListSweeps = z.strictObject({
  kind: SweepKind.optional(),
  status: SweepStatus.optional(),
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
  const { kind, status, limit, cursor } = parseInput(ListSweeps, input)
  const sweeps = await ctx.sweeps.list({ kind, status, after: cursor, limit: limit + 1 })
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
