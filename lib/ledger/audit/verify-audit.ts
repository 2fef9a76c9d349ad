import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { LedgerError } from '../../run/errors.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { type KeptHead, keptHeads } from './kept-heads.ts'
import { BEGINNING, type BrokenLink, type Link, walkChain } from './walk-chain.ts'

export const VerifyAudit = z.strictObject({
  cursor: z.string().max(100).optional().meta({ description: 'The nextCursor of the part before' }),
})
export type VerifyAudit = z.input<typeof VerifyAudit>

/** Whether the audit is as it was written, or how far. */
export const VerifiedAudit = z
  .object({
    ok: z.boolean().meta({ description: 'Nothing was found, as far as it was looked' }),
    checked: z.number().int().meta({ description: 'Rows that hold' }),
    head: z
      .object({ seq: z.number().int(), hash: z.string() })
      .nullable()
      .meta({ description: 'The last of them' }),
    broken: z
      .object({ seq: z.number().int(), because: z.string() })
      .nullable()
      .meta({ description: 'The first row that does not' }),
    keptHeads: z
      .number()
      .int()
      .meta({ description: 'Heads kept in the object store that it was compared with' }),
    stopped: z.enum(['time']).nullable().meta({ description: '`time`: it ran out; go on with `nextCursor`' }),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'VerifiedAudit' })
export type VerifiedAudit = z.infer<typeof VerifiedAudit>

export interface VerifyAuditOptions {
  budgetMs?: number
  pageSize?: number
}

/**
 * Reads the audit from its first row, or from where the last part ended, and says which row is the first that is not as it was
 * written: changed, missing, put in, or another than the one whose hash was kept in the object store. Touches nothing.
 */
export async function verifyAudit(
  ctx: Context,
  input: VerifyAudit = {},
  { budgetMs = 10_000, pageSize = 1_000 }: VerifyAuditOptions = {},
): Promise<VerifiedAudit> {
  requireScope(ctx, 'admin')
  const { cursor } = parseInput(VerifyAudit, input)
  const until = ctx.now() + budgetMs
  const heads = await keptHeads(ctx, HEADS)
  const kept = new Map(heads.map(({ seq, hash }) => [seq, hash]))
  const from = cursor === undefined ? BEGINNING : toLink(cursor)
  const walked = await walkChain(ctx, from, { until, pageSize, kept })
  const broken = walked.broken ?? (walked.more ? null : missingAfter(walked.last, heads))
  const { seq, hash } = walked.last
  const goesOn = walked.more && broken === null
  return {
    ok: broken === null,
    checked: walked.checked,
    head: seq === 0 ? null : { seq, hash },
    broken,
    keptHeads: heads.length,
    stopped: goesOn ? 'time' : null,
    nextCursor: goesOn ? `${seq}.${hash}` : null,
  }
}

/** A month of them. */
export const HEADS = 31

/** What was there when a head was kept, and is not any more. */
export function missingAfter(last: Link, heads: KeptHead[]): BrokenLink | null {
  const beyond = heads.find(({ seq }) => seq > last.seq)
  if (beyond === undefined) return null
  return { seq: last.seq + 1, because: `it is missing: there were ${beyond.seq} rows at ${beyond.keptAt}` }
}

function toLink(cursor: string): Link {
  const [, seq, hash] = /^(\d{1,15})\.([0-9a-f]{64})$/.exec(cursor) ?? []
  if (seq !== undefined && hash !== undefined) return { seq: Number(seq), hash }
  throw new LedgerError('invalid', 'the cursor is not one that a verification gave; start again without it', {
    issues: [{ path: 'cursor', message: 'must be the nextCursor of the part before' }],
  })
}
