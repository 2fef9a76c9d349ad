import { z } from 'zod'
import type { Context, LimitName } from '../../ports/context.ts'
import { BulkAction, BulkIds, needsReason } from '../../run/bulk.ts'
import { isLedgerError, LedgerError } from '../../run/errors.ts'
import { Reason } from '../../run/reason.ts'
import { archiveRun } from '../archives/archive-run.ts'
import { deleteRun } from '../deletion/delete-run.ts'
import { takeTokens } from '../limits/take-tokens.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { holdRun } from '../retention/hold-run.ts'
import { cancelRun } from '../runs/cancel-run.ts'
import { retryRun } from '../runs/retry-run.ts'

export const ActOnRuns = z
  .strictObject({ action: BulkAction, ids: BulkIds, reason: Reason.optional() })
  .refine(({ action, reason }) => !needsReason(action) || reason !== undefined, {
    path: ['reason'],
    message: 'must say why',
  })
export type ActOnRuns = z.input<typeof ActOnRuns>

/** What became of one run. */
export interface BulkResult {
  id: string
  /** `left`: its turn did not come, or the ledger could not take it now; asked for again it may go on. */
  outcome: 'done' | 'refused' | 'left'
  words: string
}

const AT_ONCE = 4
/** Which limit of the key is asked, once for all of them: of so many runs as much as of one request. */
const LIMITS_OF: Partial<Record<BulkAction, LimitName>> = { cancel: 'cancel', retry: 'enqueue' }
const RUNS_A_TOKEN = 100
/** What has not begun by then is left; what takes long and has begun goes on with the tick. */
const BUDGET_MS = 20_000

/**
 * Does the same to each of these runs, by the verb for one: with its rules, its event and its row of the audit. What is refused of one
 * changes nothing of the others. Gives back what became of each, in the order asked; what there was no time or no room for is left for
 * another call; so is what met an error of ours, which is logged. Throws `invalid`.
 */
export async function actOnRuns(ctx: Context, input: ActOnRuns): Promise<BulkResult[]> {
  requireScope(ctx, 'runs:write')
  const { action, ids, reason } = parseInput(ActOnRuns, input)
  const until = ctx.now() + BUDGET_MS
  const results = new Map<string, BulkResult>()
  const waiting = [...ids]
  // Why nothing more is begun.
  let over = await whyLimited(ctx, action, ids.length)
  const counted = { ...ctx, actor: { ...ctx.actor, limitKey: null } }
  const work = async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      if (ctx.now() >= until) over ??= 'there was no time for it'
      if (over !== null) {
        results.set(id, { id, outcome: 'left', words: over })
        continue
      }
      const { isLimited, ...result } = await actOn(counted, action, { id, reason, until })
      results.set(id, result)
      if (isLimited) over = result.words
    }
  }
  const atOnce = action === 'archive' ? Math.min(AT_ONCE, ctx.retention.archiveConcurrency) : AT_ONCE
  await Promise.all(Array.from({ length: atOnce }, work))
  return ids.flatMap((id) => results.get(id) ?? [])
}

async function whyLimited(ctx: Context, action: BulkAction, runs: number): Promise<string | null> {
  const limit = LIMITS_OF[action]
  if (limit === undefined) return null
  try {
    await takeTokens(ctx, limit, Math.max(1, runs / RUNS_A_TOKEN))
    return null
  } catch (error) {
    if (isLedgerError(error) && error.code === 'limited') return error.message
    throw error
  }
}

interface OfOne {
  id: string
  reason: string | undefined
  /** By the clock of now: when time is over. */
  until: number
}

/** They may be asked for again, when there is room. */
const LATER = new Set(['limited', 'unavailable'])

async function actOn(
  ctx: Context,
  action: BulkAction,
  one: OfOne,
): Promise<BulkResult & { isLimited?: boolean }> {
  try {
    return { id: one.id, outcome: 'done', words: await VERBS[action](ctx, one) }
  } catch (error) {
    if (!isLedgerError(error)) {
      ctx.log.error('one of many runs was left, the others were seen to', { runId: one.id, action, error })
      return { id: one.id, outcome: 'left', words: 'internal error, see the log' }
    }
    const outcome = LATER.has(error.code) ? 'left' : 'refused'
    return { id: one.id, outcome, words: error.message, isLimited: error.code === 'limited' }
  }
}

/** Each by its verb; what it came to in words. */
const VERBS: Record<BulkAction, (ctx: Context, one: OfOne) => Promise<string>> = {
  async cancel(ctx, one) {
    const { state } = await cancelRun(ctx, asked(one))
    return state === 'canceled' ? 'canceled' : 'asked to stop'
  },
  async retry(ctx, one) {
    await retryRun(ctx, asked(one))
    return 'back in the queue'
  },
  async archive(ctx, { id, until }) {
    const options = { budgetMs: Math.max(0, until - ctx.now()), gzipOnly: true }
    const { storageState } = await archiveRun(ctx, { id }, options)
    return storageState === 'archived' ? 'archived' : 'being archived'
  },
  async hold(ctx, one) {
    await holdRun(ctx, { id: one.id, reason: given(one) })
    return 'held until it is released'
  },
  async delete(ctx, one) {
    const { mode, purgeAfter } = await deleteRun(ctx, { id: one.id, reason: given(one) })
    return mode === 'hard' || purgeAfter === null
      ? 'deleted for good'
      : `deleted; it can be restored until ${purgeAfter}`
  },
}

const asked = ({ id, reason }: OfOne) => ({ id, reason })

function given({ reason }: OfOne): string {
  if (reason === undefined) throw new LedgerError('invalid', 'reason: must say why')
  return reason
}
