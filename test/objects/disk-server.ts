import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serve } from '@hono/node-server'
import { openDisk } from '../../lib/objects/disk/open-disk.ts'
import type { ObjectStore } from '../../lib/ports/object-store.ts'
import { must } from '../contracts/harness.ts'
import type { ObjectHarness } from '../contracts/object-store.contract.ts'
import { signer } from './disk-steps.ts'

/** A store in a new folder, and a server on a socket that answers the URLs it signs. */
export async function openDiskHarness(): Promise<ObjectHarness & { folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'runledger-objects-'))
  const server = serve({ fetch: (request) => must(store.answer)(request), port: 0, hostname: '127.0.0.1' })
  await new Promise<void>((resolve) => server.once('listening', () => resolve()))
  const baseUrl = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const another = () => openDisk({ folder, signer, baseUrl })
  const store: ObjectStore = await another()
  return {
    folder,
    store,
    another,
    send: (request) => fetch(request),
    async close() {
      await new Promise((resolve) => {
        server.close(resolve)
        if ('closeAllConnections' in server) server.closeAllConnections()
      })
      await rm(folder, { recursive: true, force: true })
    },
  }
}
