import { type Asking, NotNow } from './asking.ts'
import type { Lease } from './lease.ts'
import type { Ended, Spooled } from './spooled.ts'

/**
 * Uploads the run's outputs, before its end is told. Called again after a crash, it goes on. What it throws is thrown of the
 * whole run, so it throws only what may pass; without it a run that has outputs waits.
 */
export type SendOutputs = (outputs: { id: string; leaseToken: string; folder: string }) => Promise<void>

interface EndSending {
  asking: Asking
  lease: Lease
  /** What became of the log. */
  log: 'whole' | 'closed'
  options: { sendOutputs?: SendOutputs }
}

/**
 * Tells how a run came out, once it has ended, with its outputs before. A log that was `closed` may be one that was delivered
 * before: then its end was, too, and is accepted again. Throws as `ask` does.
 */
export async function sendEnd(spooled: Spooled, { asking, lease, log, options }: EndSending): Promise<void> {
  const { end, outputs } = await untilEnded(spooled, asking)
  if (outputs !== null && !spooled.sent.outputs && log === 'whole') {
    await sendOutputs(spooled.record.id, outputs, lease, options.sendOutputs)
    await spooled.saveSent({ outputs: true })
  }
  const { id } = spooled.record
  const logBytes = spooled.sent.offset
  await lease.ask(async (verbs, leaseToken) => {
    if (end.method === 'succeedRun') await verbs.succeedRun({ ...end.report, id, leaseToken, logBytes })
    else await verbs.failRun({ ...end.report, id, leaseToken, logBytes })
  })
}

/** How the run came out, when that is known. Throws `NotNow` where that will not be heard of here. */
export async function untilEnded(spooled: Spooled, asking: Asking): Promise<Ended> {
  while (spooled.ended === null) {
    if (spooled.log.state === 'abandoned') throw new NotNow('it was given up here', { isForAll: false })
    await asking.unlessAborted(spooled.log.changed())
  }
  return spooled.ended
}

async function sendOutputs(
  id: string,
  folder: string,
  lease: Lease,
  send: SendOutputs | undefined,
): Promise<void> {
  if (!send) throw new NotNow('its outputs cannot be sent from here', { isForAll: false })
  await lease.ask((_, leaseToken) => send({ id, leaseToken, folder }))
}
