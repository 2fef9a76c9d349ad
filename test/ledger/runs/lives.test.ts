import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import { cancelRun } from '../../../lib/ledger/runs/cancel-run.ts'
import { failRun, succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { heartbeatRun } from '../../../lib/ledger/runs/heartbeat-runs.ts'
import { retryRun } from '../../../lib/ledger/runs/retry-run.ts'
import { startRun } from '../../../lib/ledger/runs/start-run.ts'
import { sweepLost } from '../../../lib/ledger/runs/sweep-lost.ts'
import { Run } from '../../../lib/run/run.ts'
import { TRANSITIONS } from '../../../lib/run/transitions.ts'
import { contextOf, ENGINES, type Tenant, type TestLedger, useLedger } from '../../support/open-ledger.ts'
import { claimed, eventsOf, makeDue, stored, working } from '../steps.ts'

interface Life {
  of: string
  live: (ledger: TestLedger, tenant: Tenant) => Promise<string>
  events: string[]
}

const sweep = async (ledger: TestLedger, id: string) => {
  await ledger.shift([id], 'leaseExpiresAt', -100)
  await sweepLost(ledger.as())
}

const LIVES: Life[] = [
  {
    of: 'one that does what it should',
    async live(_, tenant) {
      const { id, leaseToken } = await working(tenant)
      await heartbeatRun(tenant.worker, { leaseToken, progress: 33 })
      await succeedRun(tenant.worker, { leaseToken })
      return id
    },
    events: ['person run.enqueued', 'worker-1 run.started', 'worker run.progress', 'worker run.succeeded'],
  },
  {
    of: 'one that succeeds at its second attempt',
    async live(ledger, tenant) {
      const { id, leaseToken } = await working(tenant, { maxAttempts: 2 })
      await failRun(tenant.worker, { leaseToken, error: 'no luck' })
      await makeDue(ledger, id)
      await succeedRun(tenant.worker, { leaseToken: (await claimed(tenant.worker)).leaseToken })
      return id
    },
    events: [
      'person run.enqueued',
      'worker-1 run.started',
      'worker run.retried',
      'worker-1 run.started',
      'worker run.succeeded',
    ],
  },
  {
    of: 'one that fails, is retried by a person, and is canceled while it waits',
    async live(_, tenant) {
      const { id, leaseToken } = await working(tenant)
      await failRun(tenant.worker, { leaseToken, error: 'no luck' })
      await retryRun(tenant.person, { id })
      await cancelRun(tenant.person, { id })
      return id
    },
    events: [
      'person run.enqueued',
      'worker-1 run.started',
      'worker run.failed',
      'person run.retried',
      'person run.canceled',
    ],
  },
  {
    of: 'one that is stopped',
    async live(_, tenant) {
      const { id, leaseToken } = await working(tenant)
      await cancelRun(tenant.person, { id })
      await failRun(tenant.worker, { leaseToken, error: 'stopped' })
      return id
    },
    events: [
      'person run.enqueued',
      'worker-1 run.started',
      'person run.cancel_requested',
      'worker run.canceled',
    ],
  },
  {
    of: 'one that is lost, tried again, and lost for good',
    async live(ledger, tenant) {
      const { id } = await working(tenant, { maxAttempts: 2 })
      await sweep(ledger, id)
      await makeDue(ledger, id)
      await claimed(tenant.worker)
      await sweep(ledger, id)
      return id
    },
    events: [
      'person run.enqueued',
      'worker-1 run.started',
      'system run.lost',
      'system run.retried',
      'worker-1 run.started',
      'system run.lost',
      'system run.failed',
    ],
  },
  {
    of: 'one that is born running, lost, and told of later',
    async live(ledger, { worker }) {
      const id = ulid()
      const { leaseToken } = await startRun(worker, { id, kind: 'k', workerId: 'laptop' })
      await sweep(ledger, id)
      await succeedRun(worker, { leaseToken })
      return id
    },
    events: [
      'worker run.started',
      'system run.lost',
      'system run.failed',
      'worker run.recovered',
      'worker run.succeeded',
    ],
  },
]

describe.each(ENGINES)('the life on $name', (engine) => {
  const at = useLedger(engine)

  it.each(LIVES)(
    'of $of is told in its events, and moves only as the table of moves says',
    async ({ live, events }) => {
      const ledger = at()
      const moved: [from: readonly string[], to: string][] = []
      const { projectId, person, worker } = ledger.tenant()
      const watch = (ctx: Tenant['person']) =>
        contextOf(
          {
            ...ctx,
            runs: {
              ...ctx.runs,
              move(moves) {
                for (const { from, patch } of moves) moved.push([from, patch.state ?? 'running'])
                return ctx.runs.move(moves)
              },
            },
          },
          ctx.actor,
        )
      const id = await live(ledger, { projectId, person: watch(person), worker: watch(worker) })
      const told = await eventsOf(ledger, id)
      expect(told.map(({ actor, type }) => `${actor} ${type}`)).toEqual(events)
      expect(told.map(({ at }) => at)).toEqual(told.map(({ at }) => at).toSorted())
      const run = await stored(ledger, id)
      expect(Run.parse(run)).toEqual(run)
      for (const [from, to] of moved)
        expect(
          Object.values(TRANSITIONS).some(
            (rule) => rule.from.join() === from.join() && (rule.to as readonly string[]).includes(to),
          ),
          `${from} to ${to}`,
        ).toBe(true)
    },
  )
})
