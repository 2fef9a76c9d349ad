import { describe, expect, it } from 'vitest'
import { claimRuns } from '../../../lib/ledger/runs/claim-runs.ts'
import type { Ports } from '../../../lib/ports/context.ts'
import {
  contextOf,
  ENGINES,
  POSTGRES,
  type Tenant,
  type TestLedger,
  useLedger,
} from '../../support/open-ledger.ts'
import { enqueued, stored, working } from '../steps.ts'

/** An instance whose clock the test moves, and which counts its sweeps. */
function instance(ports: Ports) {
  let now = Date.now()
  let sweeps = 0
  const runs: Ports['runs'] = {
    ...ports.runs,
    lapsed: (limit) => {
      sweeps++
      return ports.runs.lapsed(limit)
    },
  }
  return {
    ports: { ...ports, runs, now: () => now },
    pass: (seconds: number) => {
      now += seconds * 1_000
    },
    sweeps: () => sweeps,
  }
}

const claimIn = (ports: Ports, { worker }: Tenant) =>
  claimRuns(contextOf(ports, worker.actor), { workerId: 'w', kinds: ['none.such'] })

/** As if the last sweep of all instances had been so long ago. */
async function passInStore({ store }: TestLedger, seconds: number): Promise<void> {
  await store.raw(
    `UPDATE maintenance SET "lastRunAt" = "lastRunAt" - interval '${seconds} seconds' WHERE name = 'claims'`,
  )
}

describe.each(ENGINES)('claims on $name', (engine) => {
  const at = useLedger(engine)

  it('sweep lost runs on their way', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id } = await working(tenant)
    await ledger.shift([id], 'leaseExpiresAt', -100)
    await ledger.forgetChores()
    await claimIn(instance(await ledger.another()).ports, tenant)
    expect(await stored(ledger, id)).toMatchObject({ state: 'failed', errorCode: 'lost' })
  })

  it('sweep every 15 s at most, however many there are', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    await ledger.forgetChores()
    const one = instance(await ledger.another())
    await Promise.all(Array.from({ length: 20 }, () => claimIn(one.ports, tenant)))
    expect(one.sweeps()).toBe(1)
    one.pass(14)
    await claimIn(one.ports, tenant)
    expect(one.sweeps()).toBe(1)
  })

  it('go on when the sweep fails, and say so in the log', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    await ledger.forgetChores()
    const { ports } = instance(await ledger.another())
    const broken = { ...ports.runs, lapsed: () => Promise.reject(new Error('no sweep today')) }
    const { id } = await enqueued(tenant.person)
    const taken = await claimRuns(contextOf({ ...ports, runs: broken }, tenant.worker.actor), {
      workerId: 'w',
    })
    expect(taken.map(({ run }) => run.id)).toEqual([id])
    expect(ledger.logged.at(-1)).toMatchObject({ level: 'warn', error: { message: 'no sweep today' } })
  })
})

describe('claims of two instances on Postgres', () => {
  const at = useLedger(POSTGRES)

  it('sweep every 15 s at most in all', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const [one, two] = [instance(await ledger.another()), instance(await ledger.another())]
    const sweeps = async () => {
      await Promise.all([one, two].flatMap(({ ports }) => [claimIn(ports, tenant), claimIn(ports, tenant)]))
      return one.sweeps() + two.sweeps()
    }
    expect(await sweeps()).toBe(1)
    for (const each of [one, two]) each.pass(16)
    await passInStore(ledger, 10)
    expect(await sweeps()).toBe(1)
    for (const each of [one, two]) each.pass(16)
    await passInStore(ledger, 6)
    expect(await sweeps()).toBe(2)
  })
})
