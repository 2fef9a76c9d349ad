import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { Instant } from '../../run/instant.ts'
import { joinPlans, RetentionPlan } from '../../run/retention-plan.ts'
import { RetentionRules } from '../../run/retention-policy.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { type PlanRetentionOptions, planRetention } from './plan-retention.ts'

/** What rules come to, and what those in force come to at the same instant. */
export const SimulatedPolicies = z.object({ edited: RetentionPlan, inForce: RetentionPlan })
export type SimulatedPolicies = z.infer<typeof SimulatedPolicies>

export const SimulatePolicies = z.strictObject({
  rules: RetentionRules,
  at: Instant.optional().meta({ description: 'The instant it is made for. Default: now' }),
  soFar: SimulatedPolicies.optional().meta({
    description: 'What the part before came to, with the same rules: it goes on from there',
  }),
})
export type SimulatePolicies = z.input<typeof SimulatePolicies>

/**
 * Compares rules that somebody thinks of with those in force, at one instant: each is a plan as `planRetention` makes it. Where time
 * runs out either is a part, and `soFar` goes on. Nothing is touched.
 */
export async function simulatePolicies(
  ctx: Context,
  input: SimulatePolicies,
  options: PlanRetentionOptions = {},
): Promise<SimulatedPolicies> {
  requireScope(ctx, 'admin')
  const { rules, soFar, ...asked } = parseInput(SimulatePolicies, input)
  const at = soFar?.edited.at ?? asked.at ?? (await ctx.retentionStore.now())
  const goOn = async (more: { rules?: RetentionRules }, before: RetentionPlan | undefined) => {
    if (before === undefined) return await planRetention(ctx, { at, ...more }, options)
    if (before.nextCursor === null) return before
    const then = await planRetention(ctx, { at, ...more, cursor: before.nextCursor }, options)
    // Of other rules it is another plan.
    return then.hash === before.hash
      ? joinPlans(before, then)
      : await planRetention(ctx, { at, ...more }, options)
  }
  const [edited, inForce] = await Promise.all([goOn({ rules }, soFar?.edited), goOn({}, soFar?.inForce)])
  return { edited, inForce }
}
