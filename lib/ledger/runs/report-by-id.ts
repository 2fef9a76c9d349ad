import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { Move, RunPatch } from '../../ports/run-store.ts'
import { LedgerError } from '../../run/errors.ts'
import { RunId, RunKind } from '../../run/ids.ts'
import { LIMITS } from '../../run/limits.ts'
import { decideOutcome } from '../../run/outcome.ts'
import { Labels, type Run } from '../../run/run.ts'
import { TRANSITIONS } from '../../run/transitions.ts'
import { truncateMiddle } from '../../run/truncate.ts'
import { parseInput } from '../parse-input.ts'
import { projectGuard, seesProject } from '../project.ts'
import { requireScope } from '../require-scope.ts'
import type { Completed } from './complete-runs.ts'
import { notFound } from './get-run.ts'
import { hintChange } from './hint-change.ts'
import { wasCompletedAs } from './was-completed-as.ts'

/** How a run that nobody holds is going, or has ended. */
export const ReportById = z.strictObject({
  id: RunId,
  kind: RunKind.optional().meta({ description: 'Checked against the run’s where given' }),
  outcome: z.enum(['running', 'succeeded', 'failed']),
  message: z.string().optional().meta({ description: 'Cut to what is kept of it' }),
  labels: Labels.default({}).meta({ description: 'Added to the run’s' }),
})
export type ReportById = z.input<typeof ReportById>
type Report = z.output<typeof ReportById>

const TRIES = 3

/**
 * Tells of a run that was begun without a lease (`startUnleased`), by its id, while it is running. The same end again is answered
 * as before. Nobody holds it, so any key that works for its project may: a script is begun under one key and reported under another
 * where machines have their own, and those who work for a project trust each other with all of its queue. The event names who it was.
 * Throws `conflict` for one that has ended otherwise, and for one that somebody holds, of which only the holder may speak;
 * `not_found`. Source 001.
 */
export async function reportById(ctx: Context, input: ReportById): Promise<Completed> {
  requireScope(ctx, 'runs:work')
  const report = parseInput(ReportById, input)
  for (let tries = 0; tries < TRIES; tries++) {
    const found = await find(ctx, report)
    if (found.state !== 'running' || found.leaseExpiresAt !== null) return repeated(ctx, report, found)
    const [run] = await ctx.runs.move([toMove(ctx, report, found)])
    if (!run) continue
    hintChange(ctx, run)
    return { run, replayed: false }
  }
  throw new LedgerError('conflict', `run ${report.id} keeps changing; try again`)
}

async function find(ctx: Context, { id, kind }: Report): Promise<Run> {
  const [run] = await ctx.runs.get([id])
  if (run && seesProject(ctx.actor, run.projectId) && (kind === undefined || run.kind === kind)) return run
  throw kind === undefined ? notFound(id) : new LedgerError('not_found', `there is no run ${id} of ${kind}`)
}

async function repeated(ctx: Context, { id, outcome }: Report, run: Run): Promise<Completed> {
  if (outcome !== 'running' && (await wasCompletedAs(ctx, id, run.fence, outcome)))
    return { run, replayed: true }
  if (run.state === 'running')
    throw new LedgerError('conflict', `run ${id} is held by ${run.claimedBy}; only its holder may tell of it`)
  const why = run.error === null ? '' : `: ${truncateMiddle(run.error, 200)}`
  const stands = run.state === 'queued' ? 'waits to be run' : `has already ended as ${run.state}${why}`
  throw new LedgerError('conflict', `run ${id} ${stands}`)
}

function toMove(ctx: Context, report: Report, run: Run): Move {
  const { patch, events } = toChange(report, run)
  return {
    id: run.id,
    from: TRANSITIONS.complete.from,
    guard: {
      fence: run.fence,
      unleased: true,
      cancelRequested: run.cancelRequestedAt !== null,
      ...projectGuard(ctx.actor),
    },
    patch: { ...patch, ...(Object.keys(report.labels).length === 0 ? {} : { labels: report.labels }) },
    events,
    actor: ctx.actor.name,
  }
}

function toChange({ outcome, message = '' }: Report, run: Run): { patch: RunPatch; events: Move['events'] } {
  const { fence, attempt } = run
  const told = message === '' ? {} : { progressMessage: truncateMiddle(message, LIMITS.progressMessage) }
  const data = { fence, attempt, by: 'holder', outcome }
  switch (outcome) {
    case 'running':
      return { patch: told, events: [] }
    case 'succeeded':
      return {
        patch: { ...told, state: 'succeeded', finishedAt: 'now', progress: 100 },
        events: [{ type: 'run.succeeded', data }],
      }
    case 'failed': {
      const error = message === '' ? 'failed, without a word why' : message
      const { state, errorCode, event } = decideOutcome(run, { errorCode: 'error', retryable: false }, 0)
      return {
        patch: { state, errorCode, error: truncateMiddle(error), finishedAt: 'now' },
        events: [{ type: event, data: { ...data, error: truncateMiddle(error, 1_000), exitCode: null } }],
      }
    }
  }
}
