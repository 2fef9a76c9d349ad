import { startUnleased } from '../../../lib/ledger/runs/start-unleased.ts'
import type { Context } from '../../../lib/ports/context.ts'
import type { TestLedger } from '../../support/open-ledger.ts'

export const HOUR = 3_600
export const DAY = 86_400
export const THREE_DAYS = 3 * DAY

/** Runs that began so many seconds ago and were never heard of again. */
export async function begun(
  ledger: TestLedger,
  worker: Context,
  secondsAgo: number,
  { kind = 'synchroFacture', count = 1 }: { kind?: string; count?: number } = {},
): Promise<string[]> {
  const ids: string[] = []
  for (let n = 0; n < count; n++) ids.push((await startUnleased(worker, { kind })).id)
  await beganAgo(ledger, ids, secondsAgo)
  return ids
}

/** As if these runs had begun so many seconds ago, and had been told of then. */
export async function beganAgo(ledger: TestLedger, ids: string[], seconds: number): Promise<void> {
  for (const column of ['startedAt', 'claimedAt'] as const) await ledger.shift(ids, column, -seconds)
}

/** What the outside was told of a thing, the last first. */
export async function alertsAbout(
  ledger: TestLedger,
  key: string,
): Promise<{ message: string; resolvedAt: string | null }[]> {
  const rows = await ledger.store.raw(
    `SELECT message, "resolvedAt" FROM alerts WHERE key = '${key}' ORDER BY id DESC`,
  )
  return rows as { message: string; resolvedAt: string | null }[]
}
