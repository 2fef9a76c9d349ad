import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ulid } from 'ulid'
import { afterAll, beforeAll } from 'vitest'
import { pinoLog } from '../../lib/log/pino-log.ts'
import { type Actor, type Scope, SYSTEM } from '../../lib/ports/actor.ts'
import type { Context, Ports } from '../../lib/ports/context.ts'
import type { OpenStore } from '../../lib/ports/open-store.ts'
import { readConfig } from '../../lib/runtime/config.ts'
import { openPorts } from '../../lib/runtime/open-ports.ts'
import { type Engine, type Harness, must, openHarness } from '../contracts/harness.ts'
import { createDatabase } from './database.ts'
import { unique } from './make.ts'
import { makeObjectsFolder, type ObjectsFolder } from './objects-folder.ts'

export const SQLITE: Engine = {
  name: 'SQLite',
  open: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'runledger-ledger-'))
    return await openHarness({ engine: 'sqlite', path: join(folder, 'runs.db') }, () =>
      rm(folder, { recursive: true, force: true }),
    )
  },
}

export const POSTGRES: Engine = {
  name: 'Postgres',
  open: async () => {
    const { url, drop } = await createDatabase()
    return await openHarness({ engine: 'pg', url }, drop)
  },
}

/** What the verbs are tested on. */
export const ENGINES = [SQLITE, POSTGRES]

export const ADMIN_KEY = 'the-admin-key-of-the-tests'
const SECRET = 'a secret that only the tests know of'
const UNLIMITED = {
  RATE_LIMIT_ENQUEUE: '0',
  RATE_LIMIT_CANCEL: '0',
  RATE_LIMIT_PRESIGN: '0',
  RATE_LIMIT_SEARCH: '0',
  RATE_LIMIT_SIGN_IN: '0',
}

/** A database of its own with everything the verbs need; no rate limits unless they are asked for. */
export interface TestLedger extends Pick<Harness, 'store' | 'shift' | 'address'> {
  ports: Ports
  /** What was logged, one object a line. */
  logged: Record<string, unknown>[]
  /** On behalf of an actor with these scopes who sees all projects; of the system where none is named. */
  as(...scopes: Scope[]): Context
  /** The people and workers of a project nobody else has. */
  tenant(): Tenant
  /** Another instance on the same database, which shares nothing else with the first. */
  another(): Promise<Ports>
  /** What runs every so often in all instances is due; on SQLite each instance sees to itself, and to statistics never. */
  forgetChores(): Promise<void>
}

export interface Tenant {
  projectId: string
  /** May read, enqueue, cancel and retry. */
  person: Context
  /** May do the work. */
  worker: Context
}

/**
 * One ledger for the tests of the `describe` this is called in. Its pacing clock stands still, so that nothing is swept
 * but when a test sweeps; a test that waits takes `Date.now` instead.
 */
export function useLedger(engine: Engine): () => TestLedger {
  let ledger: TestLedger | undefined
  let close = async () => {}
  beforeAll(async () => {
    const [harness, folder] = await Promise.all([engine.open(), makeObjectsFolder()])
    close = async () => {
      await Promise.all([harness.close(), folder.remove()])
    }
    ledger = openLedger(harness, folder)
  })
  afterAll(() => close())
  return () => must(ledger)
}

function openLedger(harness: Harness, folder: ObjectsFolder): TestLedger {
  const { store, shift, address } = harness
  const logged: Record<string, unknown>[] = []
  const ports = portsOf(store, folder, logged)
  const as = (...scopes: Scope[]) => contextOf(ports, { ...SYSTEM, ...(scopes.length > 0 ? { scopes } : {}) })
  return {
    store,
    shift,
    address,
    ports,
    logged,
    as,
    tenant() {
      const projectId = unique('p')
      const actor = { projectId, limitKey: null }
      return {
        projectId,
        person: contextOf(ports, { ...actor, name: 'person', scopes: ['runs:read', 'runs:write'] }),
        worker: contextOf(ports, { ...actor, name: 'worker', scopes: ['runs:work'] }),
      }
    },
    another: async () => portsOf(await harness.another(), folder, logged),
    async forgetChores() {
      if (harness.address.engine !== 'sqlite') await store.raw('DELETE FROM maintenance')
    },
  }
}

export function contextOf(ports: Ports, actor: Actor): Context {
  return { ...ports, actor, requestId: ulid() }
}

function portsOf(store: OpenStore, folder: ObjectsFolder, logged: Record<string, unknown>[]): Ports {
  const now = Date.now()
  const log = pinoLog((line) => logged.push(JSON.parse(line)), Date.now, 'info')
  const objects = folder.open(SECRET)
  const options = { secret: SECRET, objects, log, adminKey: ADMIN_KEY }
  const ports = openPorts(store, readConfig(UNLIMITED, {}), options)
  return { ...ports, now: () => now }
}
