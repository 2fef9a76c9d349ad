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
  await ledger.shift(ids, 'startedAt', -secondsAgo)
  return ids
}
