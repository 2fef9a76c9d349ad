import { z } from 'zod'
import type { VerifiableArchive } from '../../ports/archive-store.ts'
import type { Context } from '../../ports/context.ts'
import type { SweepOutcome } from '../../ports/sweep-store.ts'
import { isPassing } from '../../run/errors.ts'
import { LIMITS } from '../../run/limits.ts'
import type { Sweep } from '../../run/sweep.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { endGoneSweeps } from '../retention/end-gone-sweeps.ts'
import { reasonOf } from '../retention/end-stale-runs.ts'
import { tellSweep } from '../retention/sweep-alerts.ts'
import { verifyArchive } from './verify-archive.ts'

export const SweepVerify = z.strictObject({ dryRun: z.boolean().default(false) })
export type SweepVerify = z.input<typeof SweepVerify>

export interface VerifyPassOptions {
  /** Ends it after the archive it is at, or the part of a large one. */
  signal?: AbortSignal | undefined
  budgetMs?: number | undefined
  /** Bytes of archives that are read at most; the first one is read in any case, as far as that if it is large. */
  bytes?: number | undefined
  /** What is read in one go. */
  wholeBytes?: number | undefined
  /** The execution of a cron job that this is. */
  cronExecutionId?: string | null | undefined
}

const PAGE = 50
const SPARE_SECONDS = 60
/** So often in a row the database or the store may be away before a pass ends. */
const MOST_AWAY = 3

/**
 * One bounded pass that reads archives again, those that were read longest ago first, each once. A damaged one holds its run, is named
 * and alerts; the pass is `partial` then. `dryRun` counts. Retention page.
 */
export async function sweepVerify(
  ctx: Context,
  input: SweepVerify = {},
  options: VerifyPassOptions = {},
): Promise<Sweep> {
  requireScope(ctx, 'admin')
  const { dryRun } = parseInput(SweepVerify, input)
  const { budgetMs = LIMITS.sweepMs, bytes = LIMITS.verifyBytes, cronExecutionId = null } = options
  await endGoneSweeps(ctx, 'verify')
  const sweep = await ctx.sweeps.begin({
    id: ctx.newId(),
    kind: 'verify',
    dryRun,
    policy: { bytes },
    requestedBy: ctx.actor.name,
    requestId: ctx.requestId,
    cronExecutionId,
    leaseSeconds: Math.ceil(budgetMs / 1_000) + SPARE_SECONDS,
  })
  const tally: Tally = { runs: 0, verified: 0, damaged: 0, bytes: 0, errors: [], more: false }
  const until = ctx.now() + budgetMs
  const { signal, wholeBytes } = options
  await readAll(ctx, { before: sweep.startedAt, dryRun, mostBytes: bytes, until, signal, wholeBytes }, tally)
  const ended = (await ctx.sweeps.end(sweep.id, outcomeOf(tally))) ?? sweep
  await tellSweep(ctx, ended)
  return ended
}

interface Tally {
  runs: number
  verified: number
  damaged: number
  bytes: number
  errors: Sweep['errors']
  more: boolean
}

interface Pass {
  /** Those that were read since the pass began are through. */
  before: string
  dryRun: boolean
  mostBytes: number
  until: number
  signal: AbortSignal | undefined
  wholeBytes: number | undefined
}

async function readAll(ctx: Context, pass: Pass, tally: Tally): Promise<void> {
  const failed = new Set<string>()
  try {
    for (let away = 0; ; ) {
      // One that was moved just now may still be in the order.
      const page = await ctx.archives.leastVerified({ before: pass.before, limit: PAGE + failed.size })
      const left = page.filter(({ runId }) => !failed.has(runId))
      for (const archive of left) {
        tally.more = isOver(ctx, pass, tally, archive) || away === MOST_AWAY
        if (tally.more) return
        tally.runs++
        if (pass.dryRun) tally.bytes += archive.bytes ?? 0
        else away = (await readOne(ctx, archive, { pass, tally, failed })) ? 0 : away + 1
        if (tally.more) return
      }
      if (left.length === 0 || pass.dryRun) return
    }
  } catch (error) {
    ctx.log.error('a verify sweep was stopped', { error })
    tally.errors.push({ item: null, message: reasonOf(error) })
    tally.more = true
  }
}

const isTimeOver = (ctx: Context, { until, signal }: Pass) => signal?.aborted === true || ctx.now() >= until

function isOver(ctx: Context, pass: Pass, { runs, bytes }: Tally, next: VerifiableArchive): boolean {
  if (isTimeOver(ctx, pass)) return true
  return runs > 0 && bytes + (next.bytes ?? 0) > pass.mostBytes
}

/** False where the way to it was not free. */
async function readOne(
  ctx: Context,
  { runId }: VerifiableArchive,
  { pass, tally, failed }: { pass: Pass; tally: Tally; failed: Set<string> },
): Promise<boolean> {
  const isOver = (bytes: number) => isTimeOver(ctx, pass) || tally.bytes + bytes >= pass.mostBytes
  try {
    const verified = await verifyArchive(ctx, runId, { isOver, wholeBytes: pass.wholeBytes })
    tally.bytes += verified?.bytes ?? 0
    if (verified === null) failed.add(runId)
    else if (verified.fault !== null) {
      tally.damaged++
      tally.errors.push({ item: runId, message: verified.fault })
    } else if (verified.isThrough) tally.verified++
    else tally.more = true
    return true
  } catch (error) {
    failed.add(runId)
    tally.errors.push({ item: runId, message: reasonOf(error) })
    ctx.log.warn('an archive could not be read again; the next sweep tries again', { runId, error })
    return !isPassing(error)
  }
}

function outcomeOf({ runs, verified, damaged, bytes, errors, more }: Tally): SweepOutcome {
  return {
    status: errors.length === 0 ? 'completed' : verified + damaged > 0 ? 'partial' : 'failed',
    plan: { archives: runs, bytes },
    counts: { verified, damaged },
    bytes,
    errors: errors.slice(0, LIMITS.pageSize),
    cursor: more ? { stopped: true } : null,
  }
}
