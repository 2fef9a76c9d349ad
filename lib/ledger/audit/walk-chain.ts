import { createHash } from 'node:crypto'
import type { Context } from '../../ports/context.ts'
import { type AuditHead, type AuditRow, auditText, NO_HASH } from '../../run/audit.ts'

/** How far a chain is known to hold. */
export type Link = Pick<AuditHead, 'seq' | 'hash'>

/** Before the first row. */
export const BEGINNING: Link = { seq: 0, hash: NO_HASH }

/** The first row that is not as it was written, or not where it was. */
export interface BrokenLink {
  seq: number
  because: string
}

export interface WalkedChain {
  /** The last row that holds. */
  last: Link & { at: string | null }
  checked: number
  broken: BrokenLink | null
  /** Whether time ran out before the end. */
  more: boolean
}

export interface WalkOptions {
  until: number
  pageSize: number
  /** Heads that were kept elsewhere, by the number of their row: the row must have that hash. */
  kept: ReadonlyMap<number, string>
}

/** Follows the chain from a link that holds, row by row, until one does not, to its end or until time is up. */
export async function walkChain(
  ctx: Context,
  from: Link,
  { until, pageSize, kept }: WalkOptions,
): Promise<WalkedChain> {
  let last: WalkedChain['last'] = { ...from, at: null }
  for (;;) {
    const rows = await ctx.audit.walk(last.seq, pageSize)
    for (const row of rows) {
      const because = faultOf(row, last, kept)
      const checked = last.seq - from.seq
      if (because !== null) return { last, checked, broken: { seq: last.seq + 1, because }, more: false }
      last = { seq: row.seq, hash: row.hash, at: row.at }
    }
    const isThrough = rows.length < pageSize
    if (isThrough || ctx.now() >= until)
      return { last, checked: last.seq - from.seq, broken: null, more: !isThrough }
  }
}

function faultOf(row: AuditRow, before: Link, kept: ReadonlyMap<number, string>): string | null {
  if (row.seq !== before.seq + 1) return `row ${before.seq + 1} is missing`
  if (row.prevHash !== before.hash) return 'it does not follow the row before it'
  if (createHash('sha256').update(auditText(row)).digest('hex') !== row.hash)
    return 'it is not as it was written'
  const hash = kept.get(row.seq)
  return hash === undefined || hash === row.hash ? null : 'it is not the row whose hash was kept elsewhere'
}
