import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { Move, RunPatch } from '../../ports/run-store.ts'
import { isLedgerError, type LedgerError } from '../../run/errors.ts'
import { RunId } from '../../run/ids.ts'
import { Instant } from '../../run/instant.ts'
import { LIMITS } from '../../run/limits.ts'
import { decideOutcome } from '../../run/outcome.ts'
import type { Run } from '../../run/run.ts'
import { Line } from '../../run/text.ts'
import { isFinal, TRANSITIONS } from '../../run/transitions.ts'
import { truncateMiddle } from '../../run/truncate.ts'
import { parseInput } from '../parse-input.ts'
import { projectGuard, seesProject } from '../project.ts'
import { requireScope } from '../require-scope.ts'
import { notFound } from './get-run.ts'
import { leaseLost } from './heartbeat-runs.ts'
import { fromLeaseToken, type Lease, LeaseToken } from './lease-token.ts'
import { wasCompletedAs } from './was-completed-as.ts'
import { queueTopic } from './watch-queue.ts'

const Metrics = z
  .strictObject({
    memoryPeakBytes: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
    cpuSeconds: z.number().min(0).max(1e9).optional(),
  })
  .meta({ id: 'Metrics', description: 'Of the whole process tree' })

const report = {
  id: RunId.optional().meta({ description: 'Checked against the token where given' }),
  leaseToken: LeaseToken,
  exitCode: z.number().int().min(-2_147_483_648).max(2_147_483_647).optional(),
  metrics: Metrics.optional(),
  finishedAt: Instant.optional().meta({ description: 'Default: now; kept between the start and now' }),
  logBytes: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
}

/** The end of a run that did what it should. */
export const SucceedRun = z
  .strictObject({
    ...report,
    outputRef: Line.max(2_000).optional().meta({ description: 'Where the result is: a URL, a path, an id' }),
  })
  .meta({ id: 'SucceedRun' })
export type SucceedRun = z.input<typeof SucceedRun>

/** The end of an attempt that did not. */
export const FailRun = z
  .strictObject({
    ...report,
    error: z.string().min(1).meta({ description: 'Kept to 16 KB, head and tail' }),
    retryable: z
      .boolean()
      .default(true)
      .meta({ description: 'Whether another attempt, if any is left, makes sense' }),
  })
  .meta({
    id: 'FailRun',
    description: '`{error: "released", retryable: true}` gives the run back and costs no attempt',
  })
export type FailRun = z.input<typeof FailRun>

/** Either, told apart by `outcome`. */
export const CompleteRun = z
  .discriminatedUnion('outcome', [
    SucceedRun.extend({ outcome: z.literal('succeeded') }),
    FailRun.extend({ outcome: z.literal('failed') }),
  ])
  .meta({ id: 'CompleteRun' })
export type CompleteRun = z.input<typeof CompleteRun>

export interface Completed {
  run: Run
  /** True when this very completion had been accepted before. */
  replayed: boolean
}

/** Ends a run as succeeded; `progress` becomes 100. Throws `lease_lost`. Source 004's `succeed`. */
export function succeedRun(ctx: Context, input: SucceedRun): Promise<Completed> {
  return completeOne(ctx, { ...input, outcome: 'succeeded' })
}

/**
 * Ends an attempt as failed: back to the queue with backoff where it is retryable and attempts are left, `canceled` where a
 * cancel was asked for, else `failed`. Throws `lease_lost`. Source 004's `fail`.
 */
export function failRun(ctx: Context, input: FailRun): Promise<Completed> {
  return completeOne(ctx, { ...input, outcome: 'failed' })
}

async function completeOne(ctx: Context, input: CompleteRun): Promise<Completed> {
  const [answer] = await completeRuns(ctx, [input])
  if (isLedgerError(answer)) throw answer
  return answer as Completed
}

/** The same for up to 500 at once; each answer, in order, is the run or the error. */
export async function completeRuns(ctx: Context, inputs: unknown[]): Promise<(Completed | LedgerError)[]> {
  requireScope(ctx, 'runs:work')
  parseInput(z.array(z.unknown()).min(1).max(LIMITS.reportBatch), inputs)
  const answers = new Array<Completed | LedgerError | undefined>(inputs.length)
  let open: Report[] = []
  inputs.forEach((input, n) => {
    const parsed = toReport(ctx, input, n)
    if (isLedgerError(parsed)) answers[n] = parsed
    else open.push(parsed)
  })
  while (open.length > 0) {
    // Two reports of one run in a batch take turns.
    const seen = new Set<string>()
    const [now, later] = partition(open, ({ lease }) => !seen.has(lease.id) && Boolean(seen.add(lease.id)))
    await completeRound(ctx, now, answers)
    open = later
  }
  return answers as (Completed | LedgerError)[]
}

interface Report {
  n: number
  lease: Lease
  body: z.output<typeof CompleteRun>
}

function toReport(ctx: Context, input: unknown, n: number): Report | LedgerError {
  try {
    const body = parseInput(CompleteRun, input)
    return { n, body, lease: fromLeaseToken(ctx.signer, body.leaseToken, body.id) }
  } catch (error) {
    if (isLedgerError(error)) return error
    throw error
  }
}

const TRIES = 3

/** A success is tried blind, since only its fence matters; everything else is decided from the run as it is. */
async function completeRound(
  ctx: Context,
  reports: Report[],
  answers: (Completed | LedgerError | undefined)[],
) {
  const [successes, failures] = partition(reports, ({ body }) => body.outcome === 'succeeded')
  let open = [
    ...failures,
    ...(await tryMoves(
      ctx,
      successes.map((one) => [one, succeedMove(ctx, one)]),
      answers,
    )),
  ]
  for (let tries = 0; open.length > 0 && tries < TRIES; tries++) {
    const runs = await ctx.runs.get(open.map(({ lease }) => lease.id))
    const moves: [Report, Move][] = []
    for (const [index, one] of open.entries()) {
      const decided = await decide(ctx, one, runs[index] ?? null)
      if ('patch' in decided) moves.push([one, decided])
      else answers[one.n] = decided
    }
    open = await tryMoves(ctx, moves, answers)
  }
  for (const { n, lease } of open) answers[n] = leaseLost(lease.id)
}

/** Does the moves; gives back the reports whose run was not as the move wanted it. */
async function tryMoves(
  ctx: Context,
  moves: [Report, Move][],
  answers: (Completed | LedgerError | undefined)[],
): Promise<Report[]> {
  if (moves.length === 0) return []
  const runs = await ctx.runs.move(moves.map(([, move]) => move))
  return moves.flatMap(([report], index) => {
    const run = runs[index]
    if (!run) return [report]
    answers[report.n] = { run, replayed: false }
    ctx.signals.emit(`run:${run.id}`)
    if (run.state === 'queued') ctx.signals.emit(queueTopic(run.projectId))
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

function succeedMove(ctx: Context, { lease, body }: Report): Move {
  const outputRef = body.outcome === 'succeeded' ? (body.outputRef ?? null) : null
  return {
    id: lease.id,
    from: TRANSITIONS.complete.from,
    guard: { fence: lease.fence, leased: true, ...projectGuard(ctx.actor) },
    patch: { state: 'succeeded', ...measured(body), outputRef, error: null, errorCode: null, progress: 100 },
    events: [
      { type: 'run.succeeded', data: { fence: lease.fence, outputRef, by: 'holder', outcome: 'succeeded' } },
    ],
    actor: ctx.actor.name,
  }
}

function failMove(ctx: Context, { lease, body }: Report, run: Run): Move {
  const { error, retryable } = body as z.output<typeof FailRun>
  const released = retryable && error === 'released'
  const outcome = decideOutcome(run, { errorCode: released ? 'released' : 'error', retryable }, ctx.random())
  const { finishedAt, ...measures } = measured(body)
  const told = truncateMiddle(error)
  const data = {
    fence: lease.fence,
    attempt: run.attempt,
    error: truncateMiddle(error, 1_000),
    exitCode: body.exitCode ?? null,
  }
  return {
    id: lease.id,
    from: TRANSITIONS.complete.from,
    guard: {
      fence: lease.fence,
      leased: true,
      cancelRequested: run.cancelRequestedAt !== null,
      ...projectGuard(ctx.actor),
    },
    patch: {
      state: outcome.state,
      attempt: outcome.attempt,
      ...measures,
      error: told,
      errorCode: outcome.errorCode,
      ...(isFinal(outcome.state) ? { finishedAt } : { runAt: { inMs: outcome.delayMs } }),
    },
    events: [
      { type: outcome.event, data: { ...data, delayMs: outcome.delayMs, by: 'holder', outcome: 'failed' } },
    ],
    actor: ctx.actor.name,
  }
}

/** Rule 1's exception: a run that only its lease's end made fail may still be told of by its holder. */
function recoverMove(ctx: Context, one: Report): Move {
  const { lease, body } = one
  const recovered = { type: 'run.recovered' as const, data: { fence: lease.fence } }
  const base = body.outcome === 'succeeded' ? succeedMove(ctx, one) : lastFailMove(ctx, one)
  return {
    ...base,
    from: TRANSITIONS.recover.from,
    guard: { fence: lease.fence, errorCode: 'lost', ...projectGuard(ctx.actor) },
    events: [recovered, ...base.events],
  }
}

function lastFailMove(ctx: Context, { lease, body }: Report): Move {
  const { error } = body as z.output<typeof FailRun>
  const data = { fence: lease.fence, error: truncateMiddle(error, 1_000), exitCode: body.exitCode ?? null }
  return {
    id: lease.id,
    from: TRANSITIONS.recover.from,
    patch: { state: 'failed', ...measured(body), error: truncateMiddle(error), errorCode: 'error' },
    events: [{ type: 'run.failed', data: { ...data, by: 'holder', outcome: 'failed' } }],
    actor: ctx.actor.name,
  }
}

function measured({ exitCode, metrics, finishedAt, logBytes }: Report['body']) {
  return {
    exitCode: exitCode ?? null,
    memoryPeakBytes: metrics?.memoryPeakBytes ?? null,
    cpuSeconds: metrics?.cpuSeconds ?? null,
    finishedAt: finishedAt === undefined ? 'now' : { at: finishedAt },
    ...(logBytes === undefined ? {} : { logBytes }),
  } satisfies RunPatch
}

function partition<T>(all: T[], goesFirst: (one: T) => boolean): [T[], T[]] {
  const first: T[] = []
  const rest: T[] = []
  for (const one of all) (goesFirst(one) ? first : rest).push(one)
  return [first, rest]
}
