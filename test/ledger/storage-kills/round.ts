import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'vitest'
import { resumeStorage } from '../../../lib/ledger/archives/resume-storage.ts'
import { sweepReconcile } from '../../../lib/ledger/deletion/sweep-reconcile.ts'
import { type Child, startChild } from '../../contracts/start-child.ts'
import type { TestArchives } from '../archives/steps.ts'
import { aged } from './aged.ts'
import type { Chance } from './chance.ts'
import type { Halt, Ids, Life } from './life.ts'
import { haltingAt, type Trouble, troubles } from './troubles.ts'

/** How a process ends in one round. */
export interface Plan {
  how: 'killed' | 'killed at a call' | 'killed at a request' | 'paused' | 'paused at a call'
  /** Where it halts by itself, or by what the store is asked. */
  halt: Halt
  /** Another one works at the same time. */
  isAccompanied: boolean
  waitMs: number
  troubles: Trouble[]
}

const LEASE_SECONDS = 1
/** What a process is given to come to the call it halts at. */
const PATIENCE_MS = 2_000

export function planOf(chance: Chance): Plan {
  const how = chance.weighed([
    [3, 'killed'],
    [3, 'killed at a call'],
    [2, 'killed at a request'],
    [1, 'paused'],
    [2, 'paused at a call'],
  ] as const)
  return {
    how,
    halt: {
      call: 1 + chance.below(100),
      when: chance.pick(['before', 'after']),
      signal: how.startsWith('paused') ? 'SIGSTOP' : 'SIGKILL',
    },
    isAccompanied: chance.happens(0.3),
    waitMs: chance.below(1_500),
    troubles: troubles(chance),
  }
}

/** What was done in a round, to be told where it came out wrong. */
export class Round {
  readonly plan: Plan
  readonly #at: TestArchives
  readonly #life: Omit<Life, 'seed' | 'halt'>
  readonly #seed: string
  readonly #children: Child[] = []

  constructor(at: TestArchives, { plan, seed, ids }: { plan: Plan; seed: string; ids: Ids }) {
    this.#at = at
    this.#seed = seed
    this.plan = plan
    this.#life = { address: at.ledger.address, s3: at.server.options, ids, leaseSeconds: LEASE_SECONDS }
  }

  /** Lets processes work until they are killed; `look` is called wherever none does. */
  async live(look: () => Promise<void>): Promise<void> {
    try {
      if (this.plan.how.startsWith('paused')) await this.#paused(look)
      else await this.#killed()
      await this.#killAll()
      await look()
      expect(this.#children.flatMap(({ printed }) => printed.filter((line) => line.startsWith('!')))).toEqual(
        [],
      )
    } finally {
      await this.#killAll()
    }
  }

  /** What each of them did last. */
  said(): string {
    return this.#children
      .map(({ printed, errors }) => [...printed.slice(-15), errors()].join('\n  '))
      .join('\nanother:\n  ')
  }

  async #killed(): Promise<void> {
    const { how, halt, isAccompanied, waitMs } = this.plan
    const child = await this.#start('first', how === 'killed at a call' ? halt : null)
    if (isAccompanied) await this.#start('second')
    this.#trouble()
    if (how === 'killed') return void (await delay(waitMs))
    if (how === 'killed at a request')
      this.#at.server.fail('any', haltingAt(halt.call, halt.when, child.kill))
    await within(PATIENCE_MS, () => child.isGone())
  }

  /** The first is paused, its leases run out, others go on with what it had begun, and then it goes on. */
  async #paused(look: () => Promise<void>): Promise<void> {
    const { how, halt, waitMs } = this.plan
    const child = await this.#start('first', how === 'paused' ? null : halt)
    this.#trouble()
    const hasHalted = () => child.printed.some((line) => line.startsWith('halts'))
    if (how === 'paused') await delay(waitMs)
    else await within(PATIENCE_MS, hasHalted)
    child.pause()
    await this.#betweenTransactions(child)
    this.#at.server.recover()
    await this.#leasesRunOut()
    const other = await this.#start('second')
    await within(PATIENCE_MS, () => other.printed.length > 8)
    other.kill()
    await other.gone
    await this.#goOnWith()
    await look()
    const before = child.printed.length
    child.goOn()
    await within(PATIENCE_MS, () => child.printed.length > before + 2)
  }

  async #start(name: string, halt: Halt | null = null): Promise<Child> {
    const child = startChild(FIXTURE, { ...this.#life, seed: `${this.#seed}/${name}`, halt })
    this.#children.push(child)
    await child.hasPrinted(1)
    return child
  }

  #trouble(): void {
    for (const { operation, fault, times } of this.plan.troubles)
      this.#at.server.fail(operation, fault, times)
  }

  async #killAll(): Promise<void> {
    for (const child of this.#children) {
      child.kill()
      await child.gone
    }
    this.#at.server.recover()
    await this.#lapse()
  }

  /** Nobody can go on with what a transaction has locked; a database ends those of who has gone by itself, though later. */
  async #betweenTransactions(child: Child): Promise<void> {
    const { store } = this.#at.ledger
    for (;;) {
      await delay(5)
      const open = await store.raw(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
          AND backend_type = 'client backend' AND state <> 'idle'`,
      )
      if (open.length === 0) return
      child.goOn()
      await delay(2)
      child.pause()
    }
  }

  /** The short ones for real; those of deletions, and of what sweeps go on with, are minutes. */
  async #leasesRunOut(): Promise<void> {
    const { store } = this.#at.ledger
    const short = `"storageLeaseExpiresAt" BETWEEN now() AND now() + interval '${LEASE_SECONDS} seconds'`
    while ((await store.raw(`SELECT 1 FROM runs WHERE ${short}`)).length > 0) await delay(20)
    await this.#lapse()
  }

  async #lapse(): Promise<void> {
    await this.#at.ledger.store.raw(
      `UPDATE runs SET "storageLeaseExpiresAt" = now() - interval '1 second' WHERE "storageLeaseExpiresAt" IS NOT NULL`,
    )
  }

  /** Whatever the one that is paused has begun, somebody else ends. */
  async #goOnWith(): Promise<void> {
    const { admin } = this.#at
    await this.#lapse()
    await resumeStorage(admin, { until: Number.POSITIVE_INFINITY })
    await sweepReconcile(aged(admin))
  }
}

const FIXTURE = '../../ledger/storage-kills/fixtures/storage-life.ts'

async function within(ms: number, is: () => boolean): Promise<void> {
  for (const until = performance.now() + ms; !is() && performance.now() < until; ) await delay(5)
}
