import type { Context } from '../../ports/context.ts'
import { type Retention, retentionBy } from '../../run/retention.ts'
import { policyFor } from '../../run/retention-policy.ts'
import type { Run } from '../../run/run.ts'
import { requireScope } from '../require-scope.ts'
import { ofLast } from './of-last.ts'
import { readPolicies } from './policies.ts'

/** Says of runs that have just been read what a sweep would say of each now, in the order given: three small questions for all. */
export async function retentionOfRuns(ctx: Context, runs: Run[]): Promise<Retention[]> {
  requireScope(ctx, 'admin')
  const [policies, at] = await Promise.all([readPolicies(ctx), ctx.retentionStore.now()])
  const judged = runs.map((run) => ({ run, policy: policyFor(run, policies) }))
  const areOfLast = await ofLast(ctx)(judged)
  return judged.map(({ run, policy }, n) => retentionBy(run, policy, { at, isOfLast: areOfLast[n] ?? false }))
}
