import type { Context } from '../../ports/context.ts'
import type { Move } from '../../ports/run-store.ts'
import { attempt, isLedgerError, type LedgerError } from '../../run/errors.ts'
import { LIMITS } from '../../run/limits.ts'
import type { Run } from '../../run/run.ts'
import { type RunBrief, toRunBrief } from '../../run/run-brief.ts'
import { batchOf, parseInput } from '../parse-input.ts'
import { seesProject } from '../project.ts'
import { requireScope } from '../require-scope.ts'
import { CompleteRun, FailRun, SucceedRun } from './completion.ts'
import { failMove, type Report, recoverMove, succeedMove } from './completion-moves.ts'
import { notFound } from './get-run.ts'
import { leaseLost } from './heartbeat-runs.ts'
import { hintChange } from './hint-change.ts'
import { fromLeaseToken } from './lease-token.ts'
import { wasCompletedAs } from './was-completed-as.ts'

export interface Completed<R = Run> {
  run: R
  /** True when this very completion had been accepted before. */
  replayed: boolean
}

/** Ends a run as succeeded; `progress` becomes 100. Throws `lease_lost`. Source 004's `succeed`. */
export async function succeedRun(ctx: Context, input: SucceedRun): Promise<Completed> {
  requireScope(ctx, 'runs:work')
  return completeOne(ctx, { ...parseInput(SucceedRun, input), outcome: 'succeeded' })
}

/**
 * Ends an attempt as failed: back to the queue with backoff where it is retryable and attempts are left, `canceled` where a
 * cancel was asked for, else `failed`. Throws `lease_lost`. Source 004's `fail`.
 */
export async function failRun(ctx: Context, input: FailRun): Promise<Completed> {
  requireScope(ctx, 'runs:work')
  return completeOne(ctx, { ...parseInput(FailRun, input), outcome: 'failed' })
}

async function completeOne(ctx: Context, input: CompleteRun): Promise<Completed> {
  const [answer] = await completeAll(ctx, [input], { move: ctx.runs.move, tell: (run) => run })
  if (isLedgerError(answer)) throw answer
  return answer as Completed
}

const BATCH = batchOf(LIMITS.reportBatch)

/** The same for up to 500 at once; each answer, in order, is the run in brief or the error. */
export async function completeRuns(
  ctx: Context,
  inputs: unknown[],
): Promise<(Completed<RunBrief> | LedgerError)[]> {
  requireScope(ctx, 'runs:work')
  parseInput(BATCH, inputs)
  return completeAll(ctx, inputs, { move: ctx.runs.moveBriefly, tell: toRunBrief })
}

/** How runs are told of: whole, or in brief. */
interface Telling<R> {
  move(moves: Move[]): Promise<(R | null)[]>
  tell(run: Run): R
}
type Answers<R> = (Completed<R> | LedgerError | undefined)[]

async function completeAll<R extends RunBrief>(
  ctx: Context,
  inputs: unknown[],
  telling: Telling<R>,
): Promise<(Completed<R> | LedgerError)[]> {
  const answers: Answers<R> = new Array(inputs.length)
  let open: Report[] = []
  inputs.forEach((input, n) => {
    const parsed = attempt(() => toReport(ctx, input, n))
    if (isLedgerError(parsed)) answers[n] = parsed
    else open.push(parsed)
  })
  while (open.length > 0) {
    // Two reports of one run in a batch take turns.
    const seen = new Set<string>()
    const [now, later] = partition(open, ({ lease }) => !seen.has(lease.id) && Boolean(seen.add(lease.id)))
    await completeRound(ctx, now, telling, answers)
    open = later
  }
  return answers as (Completed<R> | LedgerError)[]
}

function toReport(ctx: Context, input: unknown, n: number): Report {
  const body = parseInput(CompleteRun, input)
  return { n, body, lease: fromLeaseToken(ctx.signer, body.leaseToken, body.id) }
}

const TRIES = 3

/** A success is tried blind, since only its fence matters; everything else is decided from the run as it is. */
async function completeRound<R extends RunBrief>(
  ctx: Context,
  reports: Report[],
  telling: Telling<R>,
  answers: Answers<R>,
) {
  const [successes, failures] = partition(reports, ({ body }) => body.outcome === 'succeeded')
  let open = [
    ...failures,
    ...(await tryMoves(
      ctx,
      successes.map((one) => [one, succeedMove(ctx, one)]),
      telling,
      answers,
    )),
  ]
  for (let tries = 0; open.length > 0 && tries < TRIES; tries++) {
    const runs = await ctx.runs.get(open.map(({ lease }) => lease.id))
    const moves: [Report, Move][] = []
    for (const [index, one] of open.entries()) {
      const decided = await decide(ctx, one, runs[index] ?? null)
      if ('patch' in decided) moves.push([one, decided])
      else answers[one.n] = 'run' in decided ? { ...decided, run: telling.tell(decided.run) } : decided
    }
    open = await tryMoves(ctx, moves, telling, answers)
  }
  for (const { n, lease } of open) answers[n] = leaseLost(lease.id)
}

/** Does the moves; gives back the reports whose run was not as the move wanted it. */
async function tryMoves<R extends RunBrief>(
  ctx: Context,
  moves: [Report, Move][],
  telling: Telling<R>,
  answers: Answers<R>,
): Promise<Report[]> {
  if (moves.length === 0) return []
  const runs = await telling.move(moves.map(([, move]) => move))
  return moves.flatMap(([report], index) => {
    const run = runs[index]
    if (!run) return [report]
    answers[report.n] = { run, replayed: false }
    hintChange(ctx, run)
    return []
  })
}

async function decide(ctx: Context, one: Report, run: Run | null): Promise<Move | Completed | LedgerError> {
  const { lease, body } = one
  if (run === null || !seesProject(ctx.actor, run.projectId)) return notFound(lease.id)
  if (run.fence === lease.fence && run.leaseExpiresAt !== null)
    return body.outcome === 'succeeded' ? succeedMove(ctx, one) : failMove(ctx, one, run)
  if (run.fence === lease.fence && run.state === 'failed' && run.errorCode === 'lost')
    return recoverMove(ctx, one)
  if (await wasCompletedAs(ctx, run.id, lease.fence, body.outcome)) return { run, replayed: true }
  return leaseLost(run.id)
}

function partition<T>(all: T[], goesFirst: (one: T) => boolean): [T[], T[]] {
  const first: T[] = []
  const rest: T[] = []
  for (const one of all) (goesFirst(one) ? first : rest).push(one)
  return [first, rest]
}
