import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compactLogs } from '../../lib/ledger/logs/compact-logs.ts'
import { silentLog } from '../../lib/log/silent-log.ts'
import type { Actor } from '../../lib/ports/actor.ts'
import { durationBucket } from '../../lib/run/durations.ts'
import { LogLines } from '../../lib/run/log-line.ts'
import type { Run } from '../../lib/run/run.ts'
import { readConfig } from '../../lib/runtime/config.ts'
import { openObjects } from '../../lib/runtime/open-objects.ts'
import { openPorts } from '../../lib/runtime/open-ports.ts'
import { openVerbs } from '../../lib/runtime/open-verbs.ts'
import { openSqlite } from '../../lib/store/sqlite/open.ts'
import { makeHome, runCli } from '../support/cli.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { type ServerProcess, startServerWithDatabase } from '../support/server.ts'

const TABLES = ['scripts', 'runs', 'run_events', 'log_chunks', 'outputs']
const JSON_COLUMNS = ['input', 'labels', 'data', 'options']

const FILES = [
  ['a.csv', 'a,b\n'],
  ['reports/2026/株式会社 100%.txt', 'ö'],
  ['reports/empty', ''],
] as const

let home: Awaited<ReturnType<typeof makeHome>>
let database: TestDatabase
let server: ServerProcess & { close(): Promise<void> }
let local: Record<string, string>
let ids: Record<string, string>
beforeAll(async () => {
  ;[home, database] = await Promise.all([makeHome(), createDatabase()])
  local = { HOME: home.path, RUNLEDGER_HOME: home.path }
  ids = await makeRuns()
  await compactLogsHere()
  await copyRows()
  const data = join(home.path, 'data')
  // The objects' names and seals are the same wherever the folder is.
  await cp(join(home.path, 'objects'), join(data, 'objects'), { recursive: true })
  server = await startServerWithDatabase({ DATABASE_URL: database.url, RUNLEDGER_DATA_DIR: data })
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
  const print = async ({ run: { id }, leaseToken }: Awaited<ReturnType<typeof take>>) => {
    const lines = new LogLines(id)
    const add = (text: string) => lines.add('out', Buffer.from(text), Date.now())
    const bytes = Buffer.concat([
      add(`one\n\x1b[31mtwo\x1b[0m\r\n${'long '.repeat(30_000)}\nPassword: `),
      lines.flushUnfinished(Date.now()),
      Buffer.from('no prefix, no UTF-8: \xff\0\n', 'latin1'),
    ])
    await verbs.appendLog({ id, leaseToken, offset: 0, bytes })
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
  await print(first)
  for (const [path, text] of FILES) {
    const bytes = Buffer.from(text)
    const file = { id: succeeded, leaseToken: first.leaseToken, path, bytes: bytes.length }
    await verbs.uploadOutput(file, async function* (start, end) {
      yield bytes.subarray(start, end)
    })
  }
  await verbs.succeedRun({ leaseToken: first.leaseToken, outputRef: 's3://x', exitCode: 0 })
  const failed = await add({ input: null, priority: 3 })
  await verbs.failRun({ leaseToken: (await take()).leaseToken, error: 'no\u001b[31m\n at x', exitCode: 3 })
  const running = await add({ timeoutSeconds: 3_600 })
  await print(await take())
  const canceled = await add()
  await verbs.cancelRun({ id: canceled, reason: 'wrong month' })
  const queued = await add({ input: [] })
  const delayed = await add({ kind: 'report', runAt: '2030-01-01T00:00:00.000Z', projectId: null })
  await close()
  return { succeeded, failed, running, canceled, queued, delayed }
}

/** As the server's tick would, in the middle of a test. */
async function compactLogsHere(): Promise<void> {
  const config = readConfig({}, local)
  const store = await openSqlite({ path: `${home.path}/runs.db` })
  const secret = 'of no use here: nothing is signed'
  const objects = openObjects(config, { secret, folder: join(home.path, 'objects'), publicUrl: null })
  const ports = openPorts(store, config, { secret, objects, log: silentLog })
  const actor: Actor = { name: 'test', scopes: ['admin'], projectId: null, limitKey: null }
  expect(await compactLogs({ ...ports, actor, requestId: 'test' }, Number.POSITIVE_INFINITY)).toMatchObject({
    compacted: 1,
  })
  await objects.close()
  await store.close()
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
    'runs tail :succeeded',
    'runs tail :succeeded --tail 2',
    'runs tail :succeeded --ndjson',
    'runs logs :succeeded',
    'runs logs :succeeded --raw',
    'runs logs :succeeded --follow',
    'runs logs :succeeded --tail 3',
    'runs logs :succeeded --tail 2 --follow --raw',
    'runs logs :succeeded --json',
    'runs logs :running',
    'runs logs :running --raw --tail 2',
    'runs logs :running --ndjson',
    'runs logs :succeeded --ndjson --tail 4',
    'runs logs 01KBQK6M3V8Z5W0X2Y4A6C8E9G',
    'runs logs 01KBQK6M3V8Z5W0X2Y4A6C8E9G --follow',
    'runs logs x',
    'runs logs :succeeded --tail x',
    'runs outputs ls :succeeded',
    'runs outputs ls :succeeded --json',
    'runs outputs ls :succeeded --ndjson --limit 2',
    'runs outputs ls :failed',
    'runs outputs ls :failed --json',
    'runs outputs ls :succeeded --cursor x',
    'runs outputs ls 01KBQK6M3V8Z5W0X2Y4A6C8E9G',
    'runs outputs get :succeeded none',
    'runs outputs get 01KBQK6M3V8Z5W0X2Y4A6C8E9G',
    'runs outputs put :succeeded package.json --lease-token x',
    'runs outputs put :running package.json',
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

  it.each(['', '--json', '--ndjson'])(
    'also those of files that are saved, and what they hold %s',
    async (format) => {
      const told = async (env: Record<string, string>) => {
        const folder = await mkdtemp(join(tmpdir(), 'runledger-same-'))
        const to = join(folder, 'to')
        const args = ['runs', 'outputs', 'get', ids.succeeded ?? '', '--to', to]
        const ended = await runCli(format === '' ? args : [...args, format], { env })
        const saved: Record<string, string> = {}
        for (const entry of await readdir(to, { recursive: true, withFileTypes: true }))
          if (entry.isFile()) {
            const file = join(entry.parentPath, entry.name)
            saved[file.slice(to.length + 1)] = await readFile(file, 'utf8')
          }
        await rm(folder, { recursive: true })
        return { ...ended, stdout: ended.stdout.replaceAll(to, 'to'), saved }
      }
      const [here, there] = await Promise.all([told(local), told({ ...local, ...server.env })])
      expect(there).toEqual(here)
      expect(here).toMatchObject({ code: 0, saved: Object.fromEntries(FILES) })
    },
  )

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
