import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { durationBucket } from '../../lib/run/durations.ts'
import type { Run } from '../../lib/run/run.ts'
import { readConfig } from '../../lib/runtime/config.ts'
import { openVerbs } from '../../lib/runtime/open-verbs.ts'
import { openSqlite } from '../../lib/store/sqlite/open.ts'
import { makeHome, runCli } from '../support/cli.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { type ServerProcess, startServerWithDatabase } from '../support/server.ts'

const TABLES = ['scripts', 'runs', 'run_events']
const JSON_COLUMNS = ['input', 'labels', 'data', 'options']

let home: Awaited<ReturnType<typeof makeHome>>
let database: TestDatabase
let server: ServerProcess & { close(): Promise<void> }
let local: Record<string, string>
let ids: Record<string, string>
beforeAll(async () => {
  ;[home, database] = await Promise.all([makeHome(), createDatabase()])
  local = { HOME: home.path, RUNLEDGER_HOME: home.path }
  ids = await makeRuns()
  await copyRows()
  server = await startServerWithDatabase({ DATABASE_URL: database.url })
})
afterAll(async () => {
  await server?.close()
  await Promise.all([database?.drop(), home?.remove()])
})

/** Runs in every state, made by the verbs on this machine's file. */
async function makeRuns() {
  const { verbs, close } = await openVerbs(readConfig({}, local), { remote: false })
  const add = async (more: object = {}) =>
    (await verbs.enqueueRun({ kind: 'invoices.send', projectId: 'acme', ...more })).run.id
  const take = async () => {
    const [claimed] = await verbs.claimRuns({ workerId: 'w1', projectId: 'acme', leaseSeconds: 3_600 })
    return claimed as NonNullable<typeof claimed>
  }
  const input = {
    zeta: [1, { b: 1e21, a: -0.5 }],
    alpha: '株式会社 \u009b\u{1f469}\u200d\u{1f467}',
    empty: {},
  }
  const labels = { team: 'data', 'a b': 'ö', Z: '' }
  const succeeded = await add({ input, labels, idempotencyKey: 'k1', name: 'November', maxAttempts: 3 })
  const first = await take()
  await verbs.heartbeatRun({ leaseToken: first.leaseToken, progress: 40, message: 'half' })
  await verbs.succeedRun({ leaseToken: first.leaseToken, outputRef: 's3://x', exitCode: 0 })
  const failed = await add({ input: null, priority: 3 })
  await verbs.failRun({ leaseToken: (await take()).leaseToken, error: 'no\u001b[31m\n at x', exitCode: 3 })
  const running = await add({ timeoutSeconds: 3_600 })
  await take()
  const canceled = await add()
  await verbs.cancelRun({ id: canceled, reason: 'wrong month' })
  const queued = await add({ input: [] })
  const delayed = await add({ kind: 'report', runAt: '2030-01-01T00:00:00.000Z', projectId: null })
  await close()
  return { succeeded, failed, running, canceled, queued, delayed }
}

/** The same rows in the server's database, column by column. */
async function copyRows(): Promise<void> {
  const store = await openSqlite({ path: `${home.path}/runs.db` })
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  for (const table of TABLES) {
    const rows = (await store.raw(`SELECT * FROM ${table}`)) as Record<string, unknown>[]
    const parsed = rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([key, value]) =>
          JSON_COLUMNS.includes(key) && typeof value === 'string' ? [key, JSON.parse(value)] : [key, value],
        ),
      ),
    )
    await client.query(
      `INSERT INTO ${table} OVERRIDING SYSTEM VALUE SELECT * FROM jsonb_populate_recordset(NULL::${table}, $1)`,
      [JSON.stringify(parsed)],
    )
  }
  // What Postgres notes at the end of a run, SQLite reads from the runs.
  for (const { finishedAt, startedAt, projectId, kind, state } of (await store.raw(
    'SELECT * FROM runs WHERE finishedAt IS NOT NULL',
  )) as Record<string, string | null>[]) {
    const ms = startedAt ? Date.parse(finishedAt ?? '') - Date.parse(startedAt) : 0
    await client.query(
      `INSERT INTO run_stats_pending VALUES (date_trunc('hour', $1::timestamptz), $2, $3, $4, $5, 1, $6, 0, 0)`,
      [finishedAt, projectId ?? '', kind, state, durationBucket(ms), ms],
    )
  }
  for (const table of ['scripts', 'run_events'])
    await client.query(
      `SELECT setval(pg_get_serial_sequence('${table}', 'id'), (SELECT max(id) FROM ${table}))`,
    )
  await client.end()
  await store.close()
}

const both = (args: string[]) =>
  Promise.all([runCli(args, { env: local }), runCli(args, { env: { ...local, ...server.env } })])

/** With each `:name` replaced by that run's id. */
const told = (line: string) =>
  line.split(' ').map((word) => (word.startsWith(':') ? (ids[word.slice(1)] ?? word) : word))

describe('the same rows, here and on a server, are the same bytes', () => {
  it.each([
    'runs list --json',
    'runs list --ndjson',
    'runs list --json --limit 2',
    'runs list --all --json',
    'runs list --json --state failed,canceled',
    'runs list --json --kind report',
    'runs list --json --project acme --label team=data',
    'runs list --json --label Z=',
    'runs list --json --q Nov',
    'runs list --json --since 1h --before 2040-01-01',
    'runs list --json --before 2020-01-01',
    'runs status :succeeded --json',
    'runs status :failed --json',
    'runs status :running --json',
    'runs status :canceled --json',
    'runs status :queued --json',
    'runs status :delayed --json',
    'runs events :succeeded --json',
    'runs events :failed --ndjson',
    'runs events :succeeded',
    'runs tail :succeeded --json',
    'runs tail :failed --json',
    'runs tail :canceled --ndjson',
    'runs tail :failed',
    'runs stats --json --since 2026-01-01 --project acme',
    'runs status 01KBQK6M3V8Z5W0X2Y4A6C8E9G --json',
    'runs cancel :succeeded --yes --json',
    'runs retry :queued --json',
    'runs list --label team',
    'runs list --limit 0',
    'runs list --since 1h --before 2h',
  ])('%s', async (line) => {
    const [here, there] = await both(told(line))
    expect(withoutAge(there.stdout)).toBe(withoutAge(here.stdout))
    expect([there.code, there.stderr]).toEqual([here.code, here.stderr])
    if (here.code !== 2 && here.code !== 3 && here.code !== 4) expect(here.stdout).not.toBe('')
  })

  it('also where a key gives the first run back', async () => {
    const { input, labels } = JSON.parse((await both(told('runs status :succeeded --json')))[0].stdout) as Run
    const [here, there] = await both([
      ...[
        'runs',
        'enqueue',
        'invoices.send',
        '--project',
        'acme',
        '--idempotency-key',
        'k1',
        '--name',
        'November',
      ],
      ...['--max-attempts', '3', '--input', JSON.stringify(input), '--json'],
      ...Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
    ])
    expect(JSON.parse(here.stdout).id).toBe(ids.succeeded)
    expect(there).toEqual(here)
  })
})

describe('what is changed in both is the same but for the time', () => {
  it.each([
    ['runs cancel :running --yes --reason why --json', ['cancelRequestedAt']],
    ['runs cancel :queued --yes --json', ['cancelRequestedAt', 'finishedAt']],
    ['runs retry :failed --json', ['runAt']],
    ['runs enqueue report --input {"b":1,"a":[]} --json', ['id', 'createdAt', 'runAt', 'createdBy']],
  ])('%s', async (line, differing) => {
    const [here, there] = await both(told(line))
    expect([here.code, there.code]).toEqual([0, 0])
    const ours = JSON.parse(here.stdout)
    const theirs = JSON.parse(there.stdout)
    const taken = Object.fromEntries([...differing, 'updatedAt'].map((field) => [field, ours[field]]))
    expect(JSON.stringify({ ...theirs, ...taken })).toBe(JSON.stringify(ours))
  })
})

/** How long the oldest has waited is told to the millisecond, at the moment of asking. */
const withoutAge = (text: string) => text.replaceAll(/"oldestAgeSeconds":[\d.]+/g, '"oldestAgeSeconds":0')
