import { afterAll, beforeAll, beforeEach } from 'vitest'
import { deliver } from '../../../lib/ledger/webhooks/deliver.ts'
import { listDeliveries } from '../../../lib/ledger/webhooks/list-deliveries.ts'
import type { CreateWebhook } from '../../../lib/ledger/webhooks/webhook-input.ts'
import { createWebhook } from '../../../lib/ledger/webhooks/webhooks.ts'
import { guardedOutbound } from '../../../lib/notify/guarded-outbound.ts'
import type { Context } from '../../../lib/ports/context.ts'
import type { Delivery, NewWebhook } from '../../../lib/run/webhook.ts'
import { must } from '../../contracts/harness.ts'
import { POSTGRES, type TestLedger, useLedger } from '../../support/open-ledger.ts'
import { type Receiver, startReceiver } from '../../support/receiver.ts'

/** A ledger that may call this machine, and somebody there who listens. */
export interface Notices {
  ledger: TestLedger
  /** The system, who may do everything. */
  ctx: Context
  receiver: Receiver
  /** Lets so much time pass for what is to be delivered. */
  pass(seconds: number): Promise<void>
}

/** One for the tests of the `describe` this is called in; each begins with nobody who is told of anything. */
export function useNotices(): () => Notices {
  const at = useLedger(POSTGRES)
  let receiver: Receiver | undefined
  beforeAll(async () => {
    receiver = await startReceiver()
  })
  afterAll(() => receiver?.close())
  beforeEach(async () => {
    for (const table of ['webhooks', 'deliveries', 'alerts']) await at().store.raw(`DELETE FROM ${table}`)
    receiver?.received.splice(0)
    receiver?.answer(200)
    at().logged.splice(0)
  })
  return () => {
    const ledger = at()
    return {
      ledger,
      ctx: { ...ledger.as(), outbound: guardedOutbound({ allowLoopback: true }) },
      receiver: must(receiver),
      async pass(seconds) {
        const ago = (name: string) => `"${name}" = "${name}" - interval '${seconds} seconds'`
        await ledger.store.raw(
          `UPDATE deliveries SET ${['createdAt', 'nextAttemptAt', 'lastAttemptAt'].map(ago).join(', ')}`,
        )
        await ledger.store.raw(
          `UPDATE webhooks SET ${['failingSince', 'retryAt', 'rotatedAt'].map(ago).join(', ')}`,
        )
      },
    }
  }
}

/** A webhook to the receiver, for the events of runs unless it is said otherwise. */
export function hook(
  { ctx, receiver }: Notices,
  fields: Partial<CreateWebhook> & { path?: string } = {},
): Promise<NewWebhook> {
  const { path = 'hook', ...given } = fields
  return createWebhook(ctx, { url: `${receiver.url}${path}`, events: ['run.*'], ...given })
}

/** Makes all that is due. */
export const deliverAll = ({ ctx }: Notices, by: Context = ctx) => deliver(by, { until: by.now() + 60_000 })

export async function deliveriesOf({ ctx }: Notices, { id }: { id: string }): Promise<Delivery[]> {
  return (await listDeliveries(ctx, { id, limit: 100 })).data
}

/** The bodies that have arrived, as JSON. */
export const bodiesOf = ({ receiver }: Notices) =>
  receiver.received.map(({ body }) => JSON.parse(body) as { type: string; data: Record<string, unknown> })
