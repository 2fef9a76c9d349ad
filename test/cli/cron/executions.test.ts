import pg from 'pg'
import { ulid } from 'ulid'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { CronExecution, CronJob } from '../../../lib/client/index.ts'
import { toCursor } from '../../../lib/run/cursor.ts'
import { must } from '../../contracts/harness.ts'
import { until } from '../../support/cli.ts'
import { unique } from '../../support/make.ts'
import { cronIn, type LedgerOfJobs, openLedgerOfJobs } from './ledger-of-jobs.ts'

const ID = /^[0-9A-Z]{26}\n$/

let ledger: LedgerOfJobs
beforeAll(async () => {
  ledger = await openLedgerOfJobs()
})
beforeEach(() => ledger.receiver.answer(200))
afterAll(() => ledger?.close())

const { cron, json } = {
  cron: (...args: string[]) => cronIn(ledger.remote).cron(...args),
  json: <T>(...args: string[]) => cronIn(ledger.remote).json<T>(...args),
}

/** One that only runs when it is triggered. */
const add = (...action: string[]) =>
  json<CronJob>('add', unique('job'), '--schedule', '@yearly', '--disabled', ...action)
const addCall = (...more: string[]) => add('--http', ledger.receiver.url, ...more)
const historyOf = ({ name }: CronJob, ...more: string[]) => json<CronExecution[]>('history', name, ...more)

/** What a worker does with the next run of a job. */
async function work({ action }: CronJob, outcome: 'succeed' | 'fail', more: object): Promise<void> {
  const kinds = action.type === 'enqueue' ? [action.kind] : []
  const { api } = ledger.server
  const claimed = await until(async () => {
    const answer = await api.post<{ data: { run: { id: string }; leaseToken: string }[] }>('/v1/runs:claim', {
      workerId: 'w1',
      kinds,
    })
    return answer.body.data[0]
  }, `a run of ${kinds}`)
  const { run, leaseToken } = claimed
  expect((await api.post(`/v1/runs/${run.id}:${outcome}`, { leaseToken, ...more })).status).toBe(200)
}

describe('trigger', () => {
  it.each([
    ['through a server', () => ledger.remote],
    ['in a database', () => ledger.database],
  ])('prints the id of the execution alone, and with --wait how it ended, %s', async (_name, env) => {
    const job = await addCall()
    const triggered = await cronIn(env()).cron('trigger', job.name)
    expect(triggered).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(ID) })
    // It waits for the first one.
    const waited = await cronIn(env()).cron('trigger', job.id, '--wait')
    expect(waited).toMatchObject({ code: 0, stderr: '' })
    const [id, how, said] = waited.stdout.split('\n')
    expect([how, said]).toEqual([expect.stringMatching(/^✓ completed after \d.* m?s$/), 'answer'])
    expect(await historyOf(job)).toMatchObject([
      { id, status: 'completed' },
      { id: triggered.stdout.trim(), status: 'completed' },
    ])
  })

  it('--wait ends with 1 and the reason when it fails, as JSON with the execution', async () => {
    ledger.receiver.answer(503)
    const job = await addCall()
    const { code, stdout, stderr } = await cron('trigger', job.name, '--wait')
    expect([code, stderr]).toEqual([1, ''])
    expect(stdout).toMatch(/^\w{26}\n✗ failed after .*\nthe URL answered 503\n$/)
    const ended = await cron('trigger', job.name, '--wait', '--json')
    const [last] = await historyOf(job)
    expect([ended.code, JSON.parse(ended.stdout)]).toEqual([1, last])
  })

  it('--wait waits for what is tried again, too', async () => {
    ledger.receiver.answer((response, { path }) => {
      const isFirst = ledger.receiver.received.filter((one) => one.path === path).length === 1
      response.writeHead(isFirst ? 500 : 200).end('at last')
    })
    const job = await add('--http', `${ledger.receiver.url}again`, '--retries', '2')
    const { code, stdout, stderr } = await cron('trigger', job.name, '--wait')
    expect([code, stderr]).toEqual([0, 'runledger: the URL answered 500; it is tried again\n'])
    expect(stdout).toMatch(/^\w{26}\n✓ completed after .*\nat last\n$/)
    expect(await historyOf(job)).toMatchObject([
      { status: 'completed', triggeredBy: 'retry', retryCount: 1 },
      { status: 'failed', id: stdout.slice(0, 26) },
    ])
  })

  it('--wait waits for the run that it enqueues, and takes its outcome', async () => {
    const [good, bad] = [await add('--enqueue', unique('good')), await add('--enqueue', unique('bad'))]
    const [succeeded, failed] = await Promise.all([
      cron('trigger', good.name, '--wait'),
      cron('trigger', bad.name, '--wait'),
      work(good, 'succeed', { outputRef: 's3://reports/1' }),
      work(bad, 'fail', { error: 'no mail server\nat send' }),
    ])
    expect(succeeded).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/✓ completed.*\ns3:\/\/reports\/1\n$/),
    })
    expect(failed).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/✗ failed.*\nno mail server\nat send\n$/),
    })
    const { stdout } = await cron('history', bad.name)
    expect(stdout).toMatch(/^WHEN +STATUS +TOOK +BY +NOTE +RUN\n.* failed +.* no mail server +\w{26}\n$/)
  })
})

describe('history', () => {
  it('of one job and of all says when, how, how late, who asked, and why', async () => {
    ledger.receiver.answer(500)
    const [job, other] = [await addCall(), await add('--builtin', 'cleanupExpired')]
    await cron('trigger', other.name, '--wait')
    await cron('trigger', job.name, '--wait')
    await miss(job)
    const own = await cron('history', job.name)
    expect(own).toMatchObject({ code: 0, stderr: '' })
    expect(own.stdout).toMatch(/^WHEN +STATUS +LATE +TOOK +BY +NOTE\n/)
    expect(own.stdout).toMatch(/ failed +\S.* admin +the URL answered 500$/m)
    expect(own.stdout).toMatch(/ missed +2 h 5 min +schedule +nothing ticked; only the last one runs$/m)
    const all = (await cron('history')).stdout
    expect(all).toMatch(/^WHEN +JOB +STATUS /)
    expect(all).toMatch(new RegExp(` ${job.name} +missed `))
    expect(all).toMatch(new RegExp(` ${other.name} +completed .* 0 counters and 0 deliveries removed$`, 'm'))
  })

  it('shows what is asked for: a status, since when, how many', async () => {
    const job = await add('--builtin', 'cleanupExpired')
    for (const _ of ['one', 'two', 'three']) await cron('trigger', job.name, '--wait')
    await miss(job)
    const all = await historyOf(job)
    expect(all.map(({ status }) => status).sort()).toEqual(['completed', 'completed', 'completed', 'missed'])
    expect(await historyOf(job, '--status', 'missed,failed')).toMatchObject([{ status: 'missed' }])
    expect(await historyOf(job, '--limit', '2')).toEqual(all.slice(0, 2))
    expect(await historyOf(job, '--cursor', toCursor(must(all[1])))).toEqual(all.slice(2))
    expect(await historyOf(job, '--since', '1h')).toEqual(all)
    expect(await historyOf(job, '--since', '2100-01-01')).toEqual([])
    const lines = (await cron('history', job.name, '--all', '--ndjson')).stdout.trim().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual(all)
  })

  it('says so where there is nothing', async () => {
    const { name } = await add('--builtin', 'cleanupExpired')
    const of = async (...args: string[]) => (await cron('history', name, ...args)).stdout
    expect(await of()).toBe('It has not run yet.\n')
    expect(await of('--status', 'failed')).toBe('No execution is like that.\n')
    expect(await of('--ndjson')).toBe('')
  })
})

it('list and show say how a job went', async () => {
  ledger.receiver.answer(500)
  const job = await addCall()
  await cron('trigger', job.name, '--wait')
  await fail(job, 4)
  expect((await cron('list')).stdout).toMatch(new RegExp(`^${job.name} .* failed +\\S.* 4 in a row`, 'm'))
  const { stdout } = await cron('show', job.name)
  expect(stdout).toMatch(
    /^ {2}last +✗ failed .*, took .*\n {15}the URL answered 500\n {2}failures +4 in a row$/m,
  )
  expect(stdout).toMatch(/^ {2}since \d\d-\d\d +1 failed, 0 % succeeded, .* on average$/m)
})

describe('the same jobs, through a server and in its database, are the same bytes', () => {
  let name = ''
  beforeAll(async () => {
    const input = '{"zeta": [1, {"b": 1e21, "a": -0.5}], "alpha": "株式会社 \u009b"}'
    const job = await add('--enqueue', 'a.kind', '--input', input, '--time-zone', 'America/New_York')
    name = job.name
    await miss(job)
    await cron('enable', name)
  })

  it.each([
    'list --json',
    'list --ndjson',
    'list',
    'show :job --json',
    'show :job',
    'next --json',
    'next :job --json --count 9',
    'next :job --ndjson',
    'next --schedule @daily --json',
    'next --schedule @never --json',
    'history --json',
    'history --ndjson --limit 3',
    'history :job --json --status missed',
    'history :job',
    'history --cursor x',
    'show none --json',
    'show a%b',
    'trigger none --wait',
    'rm daily-cleanup-2am --yes --json',
    'add daily-cleanup-2am --schedule @daily --builtin cleanupExpired',
  ])('%s', async (line) => {
    const args = line.split(' ').map((word) => (word === ':job' ? name : word))
    const [there, here] = await Promise.all([cron(...args), cronIn(ledger.database).cron(...args)])
    expect(withoutClock(here.stdout)).toBe(withoutClock(there.stdout))
    expect([here.code, here.stderr]).toEqual([there.code, there.stderr])
    if (there.code === 0) expect(there.stdout).not.toBe('')
  })

  it.each([
    ['disable :job --json', ['updatedAt', 'changes', 'lastModifiedBy']],
    [
      'add :new --schedule @daily --enqueue a.kind --json',
      ['id', 'createdAt', 'updatedAt', 'createdBy', 'lastModifiedBy', 'name'],
    ],
  ])('%s, but for who did it when', async (line, differing) => {
    const told = async (env: Record<string, string>) => {
      const words = line.split(' ').map((word) => ({ ':job': name, ':new': unique('job') })[word] ?? word)
      const { stdout } = await cronIn(env).cron(...words)
      await cronIn(env).cron('enable', name)
      return JSON.parse(stdout)
    }
    const [there, here] = [await told(ledger.remote), await told(ledger.database)]
    const taken = Object.fromEntries(differing.map((field) => [field, there[field]]))
    expect(JSON.stringify({ ...here, ...taken })).toBe(JSON.stringify(there))
  })
})

/** The statistics begin so many days before the moment of asking, and relative times go on meanwhile. */
const withoutClock = (text: string) =>
  text
    .replaceAll(/"since":"[^"]+"/g, '"since":""')
    .replaceAll(/\b(in )?\d+ (s|min|h|d)( ago)?\b|just now/g, 'then')
    .replaceAll(/ +/g, ' ')

/** What only time, or a server that was away, brings about. */
async function miss({ id }: CronJob): Promise<void> {
  await inDatabase(
    `INSERT INTO cron_job_executions (id, "cronJobId", "scheduledFor", status, reason, "lateMs", "triggeredBy")
     VALUES ($1, $2, now() - interval '125 minutes', 'missed', 'nothing ticked; only the last one runs', 7500000, 'scheduler')`,
    [ulid(), id],
  )
}

async function fail({ id }: CronJob, times: number): Promise<void> {
  await inDatabase(`UPDATE cron_jobs SET "failuresInRow" = $2 WHERE id = $1`, [id, times])
}

async function inDatabase(text: string, values: unknown[]): Promise<void> {
  const client = new pg.Client({ connectionString: ledger.database.DATABASE_URL })
  await client.connect()
  await client.query(text, values)
  await client.end()
}
