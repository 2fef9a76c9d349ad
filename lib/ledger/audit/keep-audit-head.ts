import type { Context } from '../../ports/context.ts'
import { openAlert } from '../alerts/open-alert.ts'
import { resolveAlert } from '../alerts/resolve-alert.ts'
import { requireScope } from '../require-scope.ts'
import { headKey, type KeptHead, keptHeads } from './kept-heads.ts'
import { missingAfter } from './verify-audit.ts'
import { BEGINNING, type BrokenLink, type Link, walkChain } from './walk-chain.ts'

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
  const [keptAt, [previous]] = await Promise.all([ctx.retentionStore.now(), keptHeads(ctx, 1)])
  const kept = new Map(previous === undefined ? [] : [[previous.seq, previous.hash] as const])
  const { last, checked, broken, more } = await walkChain(ctx, await startAt(ctx, previous), {
    until,
    pageSize,
    kept,
  })
  const fault = broken ?? (more || previous === undefined ? null : missingAfter(last, [previous]))
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

/** The row of that head is read again, too: it must still be the one whose hash was kept. */
async function startAt(ctx: Context, head: KeptHead | undefined): Promise<Link> {
  if (head === undefined || head.seq === 1) return BEGINNING
  const [row] = await ctx.audit.walk(head.seq - 1, 1)
  return row === undefined ? BEGINNING : { seq: head.seq - 1, hash: row.prevHash }
}

/** A day's head that is there stays. */
async function keep(ctx: Context, head: KeptHead): Promise<boolean> {
  const body = new TextEncoder().encode(`${JSON.stringify(head)}\n`)
  const options = { ifAbsent: true, contentType: 'application/json' }
  return (await ctx.objects.put(headKey(head.keptAt.slice(0, 10)), body, options)) !== null
}
