import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { Hold } from '../../run/hold.ts'
import { RunId } from '../../run/ids.ts'
import { Retention, retentionBy } from '../../run/retention.ts'
import { policyFor } from '../../run/retention-policy.ts'
import { StorageState } from '../../run/run.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { getRun } from '../runs/get-run.ts'
import { ofLast } from './of-last.ts'
import { readPolicies } from './policies.ts'

export const ExplainRetention = z.strictObject({ id: RunId })
export type ExplainRetention = z.input<typeof ExplainRetention>

/** What will happen to one run, when, by which rule, or why not; and who has held it. */
export const ExplainedRetention = Retention.extend({
  runId: RunId,
  at: z.iso.datetime().meta({ description: 'When this was so' }),
  storageState: StorageState,
  revision: z.number().int().meta({ description: 'Of the policies' }),
  holds: z.array(Hold).meta({ description: 'Newest first' }),
}).meta({ id: 'ExplainedRetention' })
export type ExplainedRetention = z.infer<typeof ExplainedRetention>

/** Says what a sweep would say of a run now, with everything that it goes by. Throws `not_found`. */
export async function explainRetention(ctx: Context, input: ExplainRetention): Promise<ExplainedRetention> {
  requireScope(ctx, 'admin')
  const { id } = parseInput(ExplainRetention, input)
  const [run, policies, at, holds] = await Promise.all([
    getRun(ctx, { id }, 'admin'),
    readPolicies(ctx),
    ctx.retentionStore.now(),
    ctx.retentionStore.holds(id, HOLDS_SHOWN),
  ])
  const policy = policyFor(run, policies)
  const [isOfLast = false] = await ofLast(ctx)([{ run, policy }])
  const { revision } = policies
  const { storageState } = run
  return { runId: id, at, storageState, revision, ...retentionBy(run, policy, { at, isOfLast }), holds }
}

const HOLDS_SHOWN = 100
