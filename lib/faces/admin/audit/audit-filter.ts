import type { ListAudit } from '../../../ledger/audit/list-audit.ts'
import { AuditAction } from '../../../run/audit.ts'
import { endOfDay, startOfDay } from '../parts/days.ts'
import type { Query } from '../paths.ts'
import type { Reader } from '../reader.ts'

/** Which rows, as the address has it. */
export interface AuditFilter {
  who: string | undefined
  action: AuditAction | undefined
  run: string | undefined
  /** Days, by the reader's clock: `2026-11-22`. */
  from: string | undefined
  to: string | undefined
}

export function filterOf(query: Record<string, string>): AuditFilter {
  const given = (name: string) => query[name]?.trim() || undefined
  return {
    who: given('who'),
    action: AuditAction.options.find((one) => one === query.action),
    run: given('run'),
    from: given('from'),
    to: given('to'),
  }
}

export const queryOf = (filter: AuditFilter): Query => ({ ...filter })

/** What is asked of the ledger; the last day is in it. A day that is none stays as it is, for the ledger to refuse. */
export function toListAudit({ zone }: Reader, { who, action, run, from, to }: AuditFilter): ListAudit {
  return {
    ...(who === undefined ? {} : { actor: who }),
    ...(action === undefined ? {} : { action }),
    ...(run === undefined ? {} : { runId: run }),
    ...(from === undefined ? {} : { from: startOfDay(zone, from) ?? from }),
    ...(to === undefined ? {} : { to: endOfDay(zone, to) ?? to }),
  }
}
