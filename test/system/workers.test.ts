import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { until } from '../support/cli.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { ADMIN_KEY, type ServerProcess, startServerWithDatabase } from '../support/server.ts'
import type { Line } from './fixtures/worker.ts'

const RUNS = 10_000
const WORKERS = 8
const FIXTURE = join(import.meta.dirname, 'fixtures/worker.ts')

let database: TestDatabase
let server: ServerProcess & { close(): Promise<void> }
const processes: ChildProcess[] = []
beforeAll(async () => {
  database = await createDatabase()
  server = await startServerWithDatabase({ DATABASE_URL: database.url })
})
afterAll(async () => {
  for (const worker of processes) worker.kill('SIGKILL')
  await server?.close()
  await database?.drop()
})

function startWorker(n: number, holdAfter: number | null) {
  const argument = JSON.stringify({ url: server.url, key: ADMIN_KEY, workerId: `worker-${n}`, holdAfter })
  const child = spawn(process.execPath, [FIXTURE, argument], { stdio: ['pipe', 'pipe', 'pipe'] })
  processes.push(child)
  const lines: Line[] = []
  let errors = ''
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line) as Line))
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  return {
    child,
    gone: once(child, 'close'),
    statuses: () => lines.flatMap((line) => ('done' in line ? line.done : [])),
    /** The tokens it holds, once it is at the batch it never reports. */
    holding: () =>
      until(() => lines.flatMap((line) => ('held' in line ? [line.held] : []))[holdAfter as number]),
    errors: () => errors,
  }
}

it('10,000 runs over 8 workers, two of them killed: each succeeds exactly once', {
  timeout: 120_000,
}, async () => {
  for (let from = 0; from < RUNS; from += 1_000) {
    const runs = Array.from({ length: 1_000 }, () => ({ kind: 'test.system', maxAttempts: 3 }))
    expect((await server.api.post('/v1/runs:batch', { runs })).status).toBe(200)
  }

  const workers = Array.from({ length: WORKERS }, (_, n) => startWorker(n, n < 2 ? 20 : null))
  const victims = workers.slice(0, 2)
  const held = (await Promise.all(victims.map((victim) => victim.holding()))).flat()
  for (const { child } of victims) child.kill('SIGKILL')
  expect(held).toHaveLength(20)

  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  const ask = async (sql: string) => (await client.query(sql)).rows
  await until(
    async () => (await ask(`SELECT 1 FROM runs WHERE state IN ('queued', 'running') LIMIT 1`)).length === 0,
    'the last run',
    80_000,
  )
  for (const { child } of workers) child.stdin?.end()
  await Promise.all(workers.map(({ gone }) => gone))
  expect(workers.map(({ errors }) => errors())).toEqual(Array(WORKERS).fill(''))

  // Exactly once: as the runs read, as the events tell it, and as the workers were answered.
  expect(await ask(`SELECT state, count(*)::int FROM runs GROUP BY state`)).toEqual([
    { state: 'succeeded', count: RUNS },
  ])
  const odd = await ask(`
    SELECT r.id, r.attempt, count(*) FILTER (WHERE e.type = 'run.started')::int AS started,
      count(*) FILTER (WHERE e.type = 'run.succeeded')::int AS succeeded
    FROM runs r JOIN run_events e ON e."runId" = r.id GROUP BY r.id
    HAVING count(*) FILTER (WHERE e.type = 'run.succeeded') <> 1
      OR count(*) FILTER (WHERE e.type = 'run.started') <> r.attempt OR r.fence <> r.attempt`)
  expect(odd).toEqual([])
  expect(workers.flatMap(({ statuses }) => statuses())).toEqual(Array(RUNS).fill(200))

  // Tried again: what the killed ones held, and nothing else.
  const again = await ask(`SELECT id FROM runs WHERE attempt > 1`)
  expect(again.map(({ id }) => id).toSorted()).toEqual(held.map((token) => token.split('.')[0]).toSorted())
  expect(await ask(`SELECT sum(attempt)::int AS sum FROM runs`)).toEqual([{ sum: RUNS + held.length }])

  // Had a killed worker been only slow, it would hear that it is too late.
  const late = held.map((leaseToken) => ({ leaseToken, outcome: 'succeeded' }))
  const { body } = await server.api.post<{ data: unknown[] }>('/v1/runs:complete', { runs: late })
  const refusal = { status: 409, problem: expect.objectContaining({ code: 'lease_lost' }) }
  expect(body.data).toEqual(Array(held.length).fill(refusal))
  const [leaseToken = ''] = held
  const one = await server.api.post(`/v1/runs/${leaseToken.split('.')[0]}:succeed`, { leaseToken })
  expect([one.status, one.body.code]).toEqual([409, 'lease_lost'])
  await client.end()
})
