import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { SweepOutcome } from '../../ports/sweep-store.ts'
import { LIMITS } from '../../run/limits.ts'
import type { Sweep, SweepError } from '../../run/sweep.ts'
import { resumeStorage } from '../archives/resume-storage.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { reasonOf } from '../retention/end-stale-runs.ts'
import { type SweepOptions, sweepPass } from '../retention/sweep-pass.ts'
import { findMissing } from './find-missing.ts'
import { findOrphans } from './find-orphans.ts'
import { ReconcilePlace, type ReconcileWork } from './reconcile-work.ts'
import { resumeDeletions } from './resume-deletions.ts'
import { sweepArchiveUploads } from './sweep-archive-uploads.ts'

export const SweepReconcile = z.strictObject({ dryRun: z.boolean().default(false) })
export type SweepReconcile = z.input<typeof SweepReconcile>

const FROM_THE_BEGINNING: ReconcilePlace = { objects: null, runs: null }

/** One that only looks counts no more of what was left. */
const STALLED_SHOWN = 1_000

/**
 * Compares what the database says with what the object store has, page after page, and goes on where the last pass ended. What somebody
 * began to delete and left is gone on with; objects that nobody knows are listed for people to look at, and not touched; a run
 * whose objects are gone is an alert; uploads of archives that nobody writes any more are ended. Retention page, step 6.
 */
export async function sweepReconcile(
  ctx: Context,
  input: SweepReconcile = {},
  options: SweepOptions = {},
): Promise<Sweep> {
  requireScope(ctx, 'admin')
  const { dryRun } = parseInput(SweepReconcile, input)
  return await sweepPass(ctx, { kind: 'reconcile', dryRun }, options, {
    work: (sweep) => reconcile(ctx, sweep, options),
  })
}

async function reconcile(
  ctx: Context,
  { id, dryRun }: Sweep,
  { budgetMs = LIMITS.sweepMs, signal }: SweepOptions,
): Promise<SweepOutcome> {
  const began = ctx.now()
  const counts: Record<string, number> = {}
  const errors: SweepError[] = []
  const upTo = (share: number): ReconcileWork => ({
    dryRun,
    isOver: () => ctx.now() >= began + budgetMs * share || signal?.aborted === true,
    counts,
    errors,
  })
  const place = await placeOf(ctx)
  const part = async (name: string, work: () => Promise<void>) => {
    try {
      await work()
    } catch (error) {
      ctx.log.error('a part of reconciling was stopped', { part: name, error })
      errors.push({ item: name, message: reasonOf(error) })
    }
  }
  await part('deletions', () => goOnDeleting(ctx, upTo(0.2)))
  await part('archives', () => resumeArchives(ctx, { ...upTo(0.3), until: began + budgetMs * 0.3, signal }))
  await part('uploads', () => sweepArchiveUploads(ctx, upTo(0.4)))
  await part('objects', async () => {
    place.objects = await findOrphans(ctx, place.objects, upTo(0.7))
    if (!dryRun) await ctx.sweeps.note(id, place)
  })
  await part('runs', async () => {
    place.runs = await findMissing(ctx, place.runs, upTo(1))
  })
  const did = Object.values(counts).some((count) => count > 0)
  const isThrough = place.objects === null && place.runs === null
  return {
    status: errors.length === 0 ? 'completed' : did ? 'partial' : 'failed',
    plan: {},
    counts,
    bytes: 0,
    errors,
    cursor: isThrough ? null : place,
  }
}

/** What somebody began to delete, and left. */
async function goOnDeleting(ctx: Context, { dryRun, isOver, counts, errors }: ReconcileWork): Promise<void> {
  counts.resumed = dryRun ? (await ctx.deletions.stalled(STALLED_SHOWN)).length : 0
  if (dryRun) return
  const { resumed, errors: wrong } = await resumeDeletions(ctx, { isOver })
  counts.resumed = resumed
  errors.push(...wrong)
}

/** What was begun with archives, and left. */
async function resumeArchives(
  ctx: Context,
  {
    dryRun,
    counts,
    errors,
    until,
    signal,
  }: ReconcileWork & { until: number; signal: AbortSignal | undefined },
): Promise<void> {
  counts.resumedArchives = 0
  if (dryRun) return
  const { resumed, errors: wrong } = await resumeStorage(ctx, { until, signal })
  counts.resumedArchives = resumed
  errors.push(...wrong)
}

async function placeOf(ctx: Context): Promise<ReconcilePlace> {
  const parsed = ReconcilePlace.safeParse(await ctx.approvals.lastCursor('reconcile'))
  return parsed.success ? parsed.data : { ...FROM_THE_BEGINNING }
}
