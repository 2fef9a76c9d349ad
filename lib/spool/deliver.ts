import { type ErrorCode, isLedgerError, type LedgerError } from '../run/errors.ts'
import { Asking, type AskingOptions, messageOf, NotNow } from './asking.ts'
import { Lease } from './lease.ts'
import { type SendOutputs, sendEnd, untilEnded } from './send-end.ts'
import { type LogPace, sendLog } from './send-log.ts'
import type { Spooled } from './spooled.ts'

export interface DeliverOptions extends AskingOptions, LogPace {
  sendOutputs?: SendOutputs
  /** The ledger has the run, under this token. */
  onStart?: (lease: { leaseToken: string }) => void
}

/** What became of a run in the spool. */
export type Delivery = { id: string } & (
  | { result: 'delivered'; bytes: number }
  /** Still in the spool. `isForAll`: other runs would fare the same. `code`: by which error of the ledger's, if it was one. */
  | { result: 'waiting'; why: string; isForAll: boolean; code?: ErrorCode }
  /** The ledger has given the run up, or to another. What it did not take of the log is in `folder`. */
  | { result: 'lost'; why: string; folder: string | null }
  /** The ledger will never take it; it is in `folder`, with the reason. */
  | { result: 'refused'; why: string; folder: string | null }
)

/**
 * Sends a run to its ledger, in order and once: its start, its log, its outputs, its end. Of a run that goes on it follows the
 * log until it has ended. Killed at any moment it is taken up by the next delivery: the ledger tells what it has. Never rejects.
 */
export async function deliver(spooled: Spooled, options: DeliverOptions): Promise<Delivery> {
  const { id } = spooled.record
  const asking = new Asking(options)
  try {
    try {
      return await send(spooled, asking, options)
    } catch (error) {
      if (!isLedgerError(error)) throw error
      return await giveUp(spooled, asking, error, options)
    }
  } catch (error) {
    const isForAll = error instanceof NotNow && error.isForAll
    // Else it is the disk, or a mistake of ours: another time it may work.
    const { cause } = error as Error
    const code = isLedgerError(cause) ? { code: cause.code } : {}
    return { id, result: 'waiting', why: messageOf(error), isForAll, ...code }
  }
}

async function send(spooled: Spooled, asking: Asking, options: DeliverOptions): Promise<Delivery> {
  const { id } = spooled.record
  if (!spooled.sent.completed) {
    const lease = new Lease(spooled, asking, options.onStart)
    await lease.token()
    const log = await sendLog(spooled, { asking, lease, pace: options })
    await sendEnd(spooled, { asking, lease, log, options })
    await spooled.saveSent({ completed: true })
  }
  await spooled.remove()
  return { id, result: 'delivered', bytes: spooled.log.length }
}

/** What the ledger has whole is not kept twice; the rest is put aside. */
async function giveUp(
  spooled: Spooled,
  asking: Asking,
  refusal: LedgerError,
  { onTrouble }: DeliverOptions,
): Promise<Delivery> {
  if (spooled.ended === null) {
    onTrouble?.(refusal)
    await untilEnded(spooled, asking)
  }
  const { record, log, sent } = spooled
  const told = { id: record.id, why: refusal.message }
  if (refusal.code !== 'lease_lost')
    return { ...told, result: 'refused', folder: await spooled.putAside(refusal.message) }
  if (sent.offset < log.length)
    return { ...told, result: 'lost', folder: await spooled.putAside(refusal.message) }
  await spooled.remove()
  return { ...told, result: 'lost', folder: null }
}
