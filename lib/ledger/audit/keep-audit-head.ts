import type { Context } from '../../ports/context.ts'
import { openAlert } from '../alerts/open-alert.ts'
import { resolveAlert } from '../alerts/resolve-alert.ts'
import { requireScope } from '../require-scope.ts'
import { headKey, type KeptHead, keptHeads } from './kept-heads.ts'
import { HEADS, missingAfter } from './verify-audit.ts'
import { BEGINNING, type BrokenLink, type WalkedChain, type WalkOptions, walkChain } from './walk-chain.ts'

/** What came of keeping the audit's head. */
export interface KeptAuditHead {
  /** Null: there is nothing to keep, or the chain does not hold. */
  head: KeptHead | null
  checked: number
  broken: BrokenLink | null
  /** Time ran out: the head is that of the part that was read. */
  more: boolean
}

export interface KeepAuditHeadOptions {
  budgetMs?: number
  pageSize?: number
}

/** What the alert is kept under. */
export const AUDIT_BROKEN = 'audit.broken'

/**
 * Writes the hash of the audit's last row to the object store, once a day: from then on nobody rewrites what is before it unseen.
 * It first reads all since the head that was kept last; where that does not hold, an alert is opened, and no head is kept over it.
 */
export async function keepAuditHead(
  ctx: Context,
  { budgetMs = 60_000, pageSize = 1_000 }: KeepAuditHeadOptions = {},
): Promise<KeptAuditHead> {
  requireScope(ctx, 'admin')
  const until = ctx.now() + budgetMs
  const [keptAt, heads] = await Promise.all([ctx.retentionStore.now(), keptHeads(ctx, HEADS)])
  // The furthest: no head is kept that is behind one that was.
  const previous = heads.toSorted((a, b) => b.seq - a.seq)[0]
  const kept = new Map(heads.map(({ seq, hash }) => [seq, hash]))
  const { last, checked, broken, more } = await walkFrom(ctx, previous, { until, pageSize, kept })
  const fault = broken ?? missingAfter(last, heads)
  if (fault !== null) {
    const message = `the audit does not hold: row ${fault.seq}: ${fault.because}`
    await openAlert(ctx, { key: AUDIT_BROKEN, type: AUDIT_BROKEN, message, data: { ...fault } })
    return { head: null, checked, broken: fault, more }
  }
  await resolveAlert(ctx, { key: AUDIT_BROKEN, message: 'the audit holds again' })
  if (last.seq === 0) return { head: null, checked, broken: null, more }
  const head = { seq: last.seq, hash: last.hash, at: last.at ?? keptAt, keptAt }
  const isNew = await keep(ctx, head)
  return { head: isNew ? head : (previous ?? null), checked, broken: null, more }
}

/** The row of that head is read again, too: it must be there, and still be the one whose hash was kept. */
async function walkFrom(
  ctx: Context,
  head: KeptHead | undefined,
  options: WalkOptions,
): Promise<WalkedChain> {
  if (head === undefined || head.seq === 1) return await walkChain(ctx, BEGINNING, options)
  const before = head.seq - 1
  const [row] = await ctx.audit.walk(before, 1)
  if (row !== undefined) return await walkChain(ctx, { seq: before, hash: row.prevHash }, options)
  const last = { ...BEGINNING, seq: before, at: null }
  return { last, checked: 0, broken: missingAfter(last, [head]), more: false }
}

/** A day's head that is there stays. */
async function keep(ctx: Context, head: KeptHead): Promise<boolean> {
  const body = new TextEncoder().encode(`${JSON.stringify(head)}\n`)
  const options = { ifAbsent: true, contentType: 'application/json' }
  return (await ctx.objects.put(headKey(head.keptAt.slice(0, 10)), body, options)) !== null
}
