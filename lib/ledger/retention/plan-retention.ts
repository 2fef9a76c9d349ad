import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { FinishedPage, FinishedRun } from '../../ports/retention-store.ts'
import { fromCursor, type Position, toCursor } from '../../run/cursor.ts'
import { ProjectId, RunKind } from '../../run/ids.ts'
import { Instant } from '../../run/instant.ts'
import type { RetentionPlan } from '../../run/retention-plan.ts'
import {
  oldEnoughAt,
  type RetentionPolicies,
  RetentionRules,
  RetentionTerms,
} from '../../run/retention-policy.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { judging } from './judging.ts'
import { countPlanned, planned, planTally } from './plan-tally.ts'
import { policiesHash, readPolicies } from './policies.ts'

export const PlanRetention = z
  .strictObject({
    at: Instant.optional().meta({ description: 'The instant it is made for. Default: now' }),
    rules: RetentionRules.optional().meta({ description: 'In the place of those that are in force' }),
    terms: RetentionTerms.partial()
      .strict()
      .optional()
      .meta({ description: 'In the place of what the configuration says' }),
    projectId: ProjectId.nullable().optional().meta({ description: 'Null: of no project. Default: of any' }),
    kind: RunKind.optional(),
    cursor: z.string().max(200).optional().meta({
      description: 'The nextCursor of the part before, given with all else as it was, and its `at`',
    }),
  })
  .meta({ id: 'PlanRetention' })
export type PlanRetention = z.input<typeof PlanRetention>

export interface PlanRetentionOptions {
  /** How long one part may take; what is begun is finished. */
  budgetMs?: number
  /** Runs that are read at a time. */
  pageSize?: number
}

/**
 * What policies, those in force or any others, come to at an instant: how many runs would be archived and deleted by then, what that
 * frees, and what is kept though it is old enough. Nothing is touched. It judges every run by the function that sweeps go by, as of
 * now, or of `at` where that is over; where time runs out it says so, and `cursor` goes on.
 */
export async function planRetention(
  ctx: Context,
  input: PlanRetention = {},
  { budgetMs = 10_000, pageSize = 5_000 }: PlanRetentionOptions = {},
): Promise<RetentionPlan> {
  requireScope(ctx, 'admin')
  const { rules, terms, projectId, kind, cursor, ...asked } = parseInput(PlanRetention, input)
  const until = ctx.now() + budgetMs
  const [inForce, now] = await Promise.all([readPolicies(ctx), ctx.retentionStore.now()])
  const at = asked.at ?? now
  const defaults = RetentionTerms.parse({ ...inForce.defaults, ...terms })
  const policies: RetentionPolicies = { rules: rules ?? inForce.rules, defaults }
  const isInForce = rules === undefined && terms === undefined
  const tally = planTally(at)
  const oldEnough = oldEnoughAt(policies, at, ['archiveAfterDays', 'deleteAfterDays'])
  let place: Place | null = cursor === undefined ? FIRST : toPlace(cursor)
  const judge = judging<FinishedRun>(ctx, policies)
  const judgedAt = at < now ? at : now
  while (place !== null && oldEnough !== null) {
    const page: FinishedPage = { ...place, until: oldEnough, projectId, kind, limit: pageSize }
    const runs = await ctx.retentionStore.finished(page)
    for (const { run, policy, isOfLast } of await judge(runs))
      countPlanned(tally, { run, policy, facts: { at: judgedAt, isOfLast } })
    place = placeAfter(place, runs, pageSize)
    if (ctx.now() >= until) break
  }
  const isAll = place === null || oldEnough === null
  return {
    at,
    revision: isInForce ? inForce.revision : null,
    hash: policiesHash(policies),
    terms: policies.defaults,
    ...planned(tally),
    stopped: isAll ? null : 'time',
    nextCursor: isAll || place === null ? null : fromPlace(place),
  }
}

/** First what is where it was made, then what is archived. */
interface Place {
  isArchived: boolean
  after?: Position | undefined
}
const FIRST: Place = { isArchived: false }

function placeAfter(place: Place, runs: FinishedRun[], pageSize: number): Place | null {
  const last = runs.length < pageSize ? undefined : runs.at(-1)
  if (last !== undefined) return { ...place, after: { createdAt: last.createdAt, id: last.id } }
  return place.isArchived ? null : { isArchived: true }
}

const fromPlace = ({ isArchived, after }: Place) =>
  `${isArchived ? 'archived' : 'active'}.${after === undefined ? '' : toCursor(after)}`

function toPlace(cursor: string): Place {
  const [, phase, rest] = /^(archived|active)\.(.*)$/.exec(cursor) ?? []
  return {
    isArchived: phase === 'archived',
    after: phase !== undefined && rest === '' ? undefined : fromCursor(rest ?? cursor),
  }
}
