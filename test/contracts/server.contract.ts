import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { OpenStore } from '../../lib/ports/open-store.ts'
import { newRun } from '../support/make.ts'
import { useNeonRelay } from '../support/neon.ts'
import { type Engine, useHarness } from './harness.ts'
import { openStore, type StoreAddress } from './open-store.ts'
import { claimRequest, enqueue } from './steps.ts'

/** What a store that has a server beneath it does when that is away. */
export function serverContract(engine: Engine): void {
  describe(`the connection to ${engine.name}`, () => {
    const at = useHarness(engine)

    it('that cannot be had is unavailable', async () => {
      const { address } = at()
      const store = await openStore(await unreachable(address))
      try {
        for (const call of calls(store)) await expect(call()).rejects.toMatchObject({ code: 'unavailable' })
      } finally {
        await store.close()
        if (address.engine === 'neon') useNeonRelay(address.relay)
      }
    })

    it('that the server ended while idle is replaced by itself', async () => {
      const { store, another } = at()
      const [run] = await enqueue(store, newRun())
      await Promise.all(Array.from({ length: 8 }, () => store.ping()))
      await endConnections(await another())
      // Until a dead connection is noticed a call may be refused, and then as unavailable.
      for (let tries = 0; ; tries++) {
        try {
          expect(await store.runs.get([run?.id ?? ''])).toEqual([run])
          return
        } catch (error) {
          if (tries === 20) throw error
          expect(error).toMatchObject({ code: 'unavailable' })
        }
      }
    })
  })
}

function calls(store: OpenStore): (() => Promise<unknown>)[] {
  return [
    () => store.ping(),
    () => store.runs.insert([newRun()]),
    () => store.runs.claim(claimRequest()),
    () => store.runs.get([newRun().id]),
    () => store.keys.find('some-key'),
    () => store.limits.draw('some-bucket', 1),
  ]
}

/** Of this database, but the one it uses itself. */
async function endConnections(store: OpenStore): Promise<void> {
  await store.raw(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  )
}

/** The same with a port that nobody listens at. */
async function unreachable(address: StoreAddress): Promise<StoreAddress> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  if (address.engine === 'neon') return { ...address, relay: `127.0.0.1:${port}` }
  if (address.engine === 'sqlite') throw new Error('SQLite has no server')
  const url = new URL(address.url)
  url.port = String(port)
  return { ...address, url: url.href }
}
