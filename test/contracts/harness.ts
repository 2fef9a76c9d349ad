import { afterAll, beforeAll } from 'vitest'
import type { OpenStore } from '../../lib/ports/open-store.ts'
import { openStore, type StoreAddress } from './open-store.ts'

export type TimeColumn =
  | 'createdAt'
  | 'updatedAt'
  | 'runAt'
  | 'claimedAt'
  | 'startedAt'
  | 'finishedAt'
  | 'heartbeatAt'
  | 'leaseExpiresAt'

/** A database of its own for one theme of the contract. */
export interface Harness {
  store: OpenStore
  /** For child processes. */
  address: StoreAddress
  /** A second instance on the same database, with its own connections. */
  another(): Promise<OpenStore>
  /** So many instances, `store` the first of them; the same ones each time. */
  several(count: number): Promise<OpenStore[]>
  /** Moves a time of these runs, as if it had passed: negative is earlier. A null stays null. */
  shift(ids: string[], column: TimeColumn, seconds: number): Promise<void>
  close(): Promise<void>
}

export interface Engine {
  name: string
  open(): Promise<Harness>
}

/** Opens stores at an address; `drop` removes what is there in the end. */
export async function openHarness(address: StoreAddress, drop: () => Promise<void>): Promise<Harness> {
  const opened: OpenStore[] = []
  const another = async () => {
    const store = await openStore(address)
    opened.push(store)
    return store
  }
  const store = await another()
  const kept = [store]
  return {
    store,
    address,
    another,
    several: async (count) => {
      while (kept.length < count) kept.push(await another())
      return kept.slice(0, count)
    },
    shift: async (ids, column, seconds) => {
      const shifted =
        address.engine === 'sqlite'
          ? `strftime('%Y-%m-%dT%H:%M:%fZ', "${column}", '${seconds} seconds')`
          : `"${column}" + interval '${seconds} seconds'`
      const these = ids.map((id) => `'${id}'`).join(', ')
      await store.raw(`UPDATE runs SET "${column}" = ${shifted} WHERE id IN (${these})`)
    },
    close: async () => {
      await Promise.all(opened.map((each) => each.close()))
      await drop()
    },
  }
}

/** One harness for the tests of the `describe` this is called in. */
export function useHarness(engine: Engine): () => Harness {
  let harness: Harness | undefined
  beforeAll(async () => {
    harness = await engine.open()
  })
  afterAll(() => harness?.close())
  return () => must(harness)
}

/** The value, which the test knows to be there. */
export function must<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('the test expected a value here')
  return value
}
