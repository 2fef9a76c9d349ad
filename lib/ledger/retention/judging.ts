import type { Context } from '../../ports/context.ts'
import { policyFor, type RetentionPolicies, type RetentionPolicy } from '../../run/retention-policy.ts'
import type { Run } from '../../run/run.ts'
import { type Judged, ofLast } from './of-last.ts'

type JudgedRun = Judged['run'] & Pick<Run, 'state'>

/**
 * Says of runs what holds of each, and whether it is one of the last of its kind, in the order asked. What it has learned it keeps,
 * for the length of one pass.
 */
export function judging<R extends JudgedRun>(ctx: Context, policies: RetentionPolicies) {
  const known = new Map<string, RetentionPolicy>()
  const areOfLast = ofLast(ctx)
  const policyOf = (run: R) => {
    const key = `${run.state} ${run.kind} ${run.projectId ?? ''}`
    const policy = known.get(key) ?? policyFor(run, policies)
    known.set(key, policy)
    return policy
  }
  return async (runs: R[]): Promise<{ run: R; policy: RetentionPolicy; isOfLast: boolean }[]> => {
    const judged = runs.map((run) => ({ run, policy: policyOf(run) }))
    const last = await areOfLast(judged)
    return judged.map((one, n) => ({ ...one, isOfLast: last[n] ?? false }))
  }
}
