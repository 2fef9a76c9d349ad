import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../lib/runtime/embedded-postgres.ts'
import { freePort } from '../../lib/runtime/postgres-server/free-port.ts'
import { makeHome, until } from '../support/cli.ts'
import { ADMIN_KEY, api, type ServerProcess, startServer } from '../support/server.ts'
import { makeTemporaryFolder } from '../support/temporary-folder.ts'
import { type Load, startLoad } from './load.ts'

const GAP_MS = 20_000

let folder: string
let home: Awaited<ReturnType<typeof makeHome>>
let database: EmbeddedPostgres
let server: ServerProcess
let load: Load | undefined
beforeAll(async () => {
  ;[folder, home] = await Promise.all([makeTemporaryFolder(), makeHome()])
  database = await startDatabase(await freePort())
  server = await startServer({
    HOME: home.path,
    RUNLEDGER_DATA_DIR: join(home.path, 'data'),
    DATABASE_URL: database.url,
    RUNLEDGER_ADMIN_KEY: ADMIN_KEY,
    RATE_LIMIT_ENQUEUE: '0',
  })
})
afterAll(async () => {
  load?.stop()
  await server?.stop()
  await database?.stop('immediate')
  await home?.remove()
  await rm(folder, { recursive: true, force: true, maxRetries: 20 })
})

const startDatabase = (port: number) =>
  startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), port, durable: true })

it('the database gone for 20 s under load: 503 meanwhile, then all goes on, and nothing is lost or doubled', {
  timeout: 120_000,
}, async () => {
  const scopes = ['runs:write', 'runs:work', 'runs:read']
  const { body } = await server.api.post<{ key: string }>('/v1/keys', { name: 'load', scopes })
  load = startLoad(api(server.url, body.key))
  const { answers, enqueued, completed } = load
  await until(() => completed.size > 200, 'the load')

  await database.stop('immediate')
  const goneAt = performance.now()
  await delay(GAP_MS)
  const backAt = performance.now()
  const duringGap = answers.filter(({ at }) => at > goneAt + 500)
  const before = completed.size
  database = await startDatabase(database.port)
  await until(() => completed.size > before + 200, 'the recovery')
  const recoveredAt =
    answers.find(({ at, status }) => at > backAt && status < 300)?.at ?? Number.POSITIVE_INFINITY
  await load.drain()

  expect(duringGap.length).toBeGreaterThan(20)
  expect(new Set(duringGap.map(({ status }) => status))).toEqual(new Set([503]))
  for (const { status, headers, body } of answers.filter(({ status }) => status >= 300)) {
    expect(status).toBe(503)
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    expect(body).toMatchObject({ code: 'unavailable', status: 503 })
  }
  expect(Math.max(...answers.map(({ tookMs }) => tookMs))).toBeLessThan(12_000)
  expect(recoveredAt - backAt).toBeLessThan(15_000)
  expect(load.failures).toEqual([])

  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  const ask = async (sql: string) => (await client.query(sql)).rows
  const runs = await ask(`SELECT id, "idempotencyKey" AS key, state, attempt FROM runs`)
  expect(runs.map(({ id, key }) => [key, id]).toSorted()).toEqual([...enqueued].toSorted())
  expect(runs.filter(({ state, attempt }) => state !== 'succeeded' || attempt !== 1)).toEqual([])
  expect(new Set(runs.map(({ id }) => id))).toEqual(completed)
  const doubled = await ask(`
    SELECT "runId", type, count(*) FROM run_events WHERE type IN ('run.enqueued', 'run.started', 'run.succeeded')
    GROUP BY "runId", type HAVING count(*) <> 1`)
  expect(doubled).toEqual([])
  await client.end()
  const { body: listed } = await server.api.get<{ data: unknown[] }>('/v1/runs?limit=1')
  expect(listed.data).toHaveLength(1)
})
