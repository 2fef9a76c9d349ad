import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { StoredPolicies } from '../../ports/retention-store.ts'
import { canonicalJson } from '../../run/canonical-json.ts'
import { LedgerError } from '../../run/errors.ts'
import { Reason } from '../../run/reason.ts'
import { type RetentionPolicies, RetentionRules, RetentionTerms } from '../../run/retention-policy.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'

/** What is in force, and since when. */
export const PoliciesInForce = z
  .object({
    revision: z.number().int().min(0).meta({ description: '0: nothing has been set yet' }),
    rules: RetentionRules,
    defaults: RetentionTerms.meta({ description: 'What the configuration says, where no rule does' }),
    hash: z.string().meta({ description: 'SHA-256 of rules and defaults; an approval is bound to it' }),
    reason: z.string().nullable(),
    setAt: z.iso.datetime().nullable(),
    setBy: z.string().nullable(),
    problem: z.string().nullable().meta({ description: 'Why a newer revision is not in force' }),
  })
  .meta({ id: 'RetentionPolicies' })
export type PoliciesInForce = z.infer<typeof PoliciesInForce>

/** What is kept for how long, for everybody's runs. */
export async function getPolicies(ctx: Context): Promise<PoliciesInForce> {
  requireScope(ctx, 'admin')
  return await readPolicies(ctx)
}

export const PutPolicies = z
  .strictObject({
    rules: RetentionRules,
    revision: z
      .number()
      .int()
      .min(0)
      .optional()
      .meta({ description: 'The one they were made from: where there is a newer one they are refused' }),
    reason: Reason.optional(),
  })
  .meta({ id: 'PutRetentionPolicies' })
export type PutPolicies = z.input<typeof PutPolicies>

/**
 * Sets all rules anew. They count for every run that is still there, also for those that ended before. Throws `conflict` where
 * somebody else has set rules since `revision`.
 */
export async function putPolicies(ctx: Context, input: PutPolicies): Promise<PoliciesInForce> {
  requireScope(ctx, 'admin')
  const { rules, revision, reason = null } = parseInput(PutPolicies, input)
  const [newest] = await ctx.retentionStore.policies(1)
  const expected = revision ?? newest?.revision ?? 0
  const hash = policiesHash({ rules, defaults: ctx.retention.defaults })
  const set = await ctx.retentionStore.setPolicies({
    rules,
    reason,
    setBy: ctx.actor.name,
    expected,
    audit: {
      id: ctx.newId(),
      action: 'policies.changed',
      actor: ctx.actor.name,
      requestId: ctx.requestId,
      reason,
      stats: { revision: expected + 1, hash, rules, before: newest?.rules ?? [] },
    },
  })
  if (set !== null) return inForce(ctx, set, rules, null)
  throw new LedgerError('conflict', `the policies are not at revision ${expected} any more; read them again`)
}

/**
 * The newest rules that can be read. Never none, where there are some and none can be read: what they keep would be deleted.
 * Throws `unavailable` then.
 */
export async function readPolicies(ctx: Context): Promise<PoliciesInForce> {
  const stored = await ctx.retentionStore.policies(REVISIONS)
  const [newest] = stored
  if (newest === undefined) return inForce(ctx, null, [], null)
  for (const one of stored) {
    const parsed = RetentionRules.safeParse(one.rules)
    if (!parsed.success) continue
    const problem = one === newest ? null : `revision ${newest.revision} cannot be read; set the rules anew`
    if (problem !== null)
      ctx.log.error(`retention: ${problem}`, { revision: newest.revision, inForce: one.revision })
    return inForce(ctx, one, parsed.data, problem)
  }
  throw new LedgerError(
    'unavailable',
    'no revision of the retention policies can be read; set the rules anew',
  )
}

const REVISIONS = 50

/** What a policy is known by: the same rules over the same defaults. */
export function policiesHash({ rules, defaults }: RetentionPolicies): string {
  return createHash('sha256').update(canonicalJson({ rules, defaults })).digest('hex')
}

function inForce(
  ctx: Context,
  stored: StoredPolicies | null,
  rules: RetentionRules,
  problem: string | null,
): PoliciesInForce {
  const { defaults } = ctx.retention
  const { revision = 0, reason = null, setAt = null, setBy = null } = stored ?? {}
  return { revision, rules, defaults, hash: policiesHash({ rules, defaults }), reason, setAt, setBy, problem }
}
