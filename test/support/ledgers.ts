import { join } from 'node:path'
import type { Run } from '../../lib/run/run.ts'
import { openSqlite } from '../../lib/store/sqlite/open.ts'
import { makeHome } from './cli.ts'
import { startServerWithDatabase } from './server.ts'

/** Where the CLI of one test records its runs, and how to read them back. */
export interface TestLedger {
  env: Record<string, string>
  runs(kind: string): Promise<Run[]>
}

/** A place where runs go; `ledger` gives a new, empty home, which goes with `close`. */
export interface Place {
  name: string
  open(): Promise<{ ledger(): Promise<TestLedger>; close(): Promise<void> }>
}

/** A real server with its own database. */
export const remote: Place = {
  name: 'against a server',
  async open() {
    const server = await startServerWithDatabase()
    const homes = new Homes()
    return {
      async ledger() {
        const home = await homes.make()
        return {
          env: { HOME: home.path, RUNLEDGER_HOME: home.path, ...server.env },
          runs: async (kind) => (await server.api.get<{ data: Run[] }>(`/v1/runs?kind=${kind}`)).body.data,
        }
      },
      close: async () => {
        await server.close()
        await homes.remove()
      },
    }
  },
}

/** SQLite in the home. */
export const local: Place = {
  name: 'on this machine',
  async open() {
    const homes = new Homes()
    return { ledger: () => localLedger(homes), close: () => homes.remove() }
  },
}

async function localLedger(homes: Homes): Promise<TestLedger> {
  const home = await homes.make()
  return {
    env: { HOME: home.path, RUNLEDGER_HOME: home.path },
    async runs(kind) {
      const store = await openSqlite({ path: join(home.path, 'runs.db') })
      try {
        return await store.runs.list({ kind, sort: 'createdAt:desc', limit: 100 })
      } finally {
        await store.close()
      }
    },
  }
}

class Homes {
  readonly #made: Awaited<ReturnType<typeof makeHome>>[] = []

  async make() {
    const home = await makeHome()
    this.#made.push(home)
    return home
  }

  async remove(): Promise<void> {
    await Promise.all(this.#made.map((home) => home.remove()))
  }
}
