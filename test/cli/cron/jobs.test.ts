import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CronJob, ShownCronJob } from '../../../lib/client/index.ts'
import { DEFINITIONS } from '../../../lib/ledger/cron/definitions.ts'
import { makeHome, runCli } from '../../support/cli.ts'
import { unique } from '../../support/make.ts'
import { cronIn, type LedgerOfJobs, openLedgerOfJobs } from './ledger-of-jobs.ts'

interface Due {
  at: string
  localTime: string
  timeZone: string
  job: string | null
}

const OWN = DEFINITIONS.map(({ name }) => name).toSorted()

let ledger: LedgerOfJobs
beforeAll(async () => {
  ledger = await openLedgerOfJobs()
})
afterAll(() => ledger?.close())

/** The same is said and done by both ways. */
describe.each([
  ['through a server', () => ledger.remote],
  ['in a database', () => ledger.database],
])('cron %s', (_name, env) => {
  const cron = (...args: string[]) => cronIn(env()).cron(...args)
  const json = <T>(...args: string[]) => cronIn(env()).json<T>(...args)
  const show = (job: string) => cronIn(env()).show(job)
  const add = async (...args: string[]) => {
    const [name, more] = [unique('job'), args.length > 0 ? args : ['--enqueue', 'a.kind']]
    return await json<CronJob>('add', name, '--schedule', '0 2 * * *', ...more)
  }

  describe('add', () => {
    it('makes a job that enqueues runs, and says when it is due', async () => {
      const name = unique('job')
      const { code, stdout, stderr } = await cron(
        ...['add', name, '--schedule', '0 2 * * *', '--time-zone', 'Europe/Berlin', '--project', 'acme'],
        ...['--enqueue', 'report.send', '--input', '{"month": "2026-11"}', '--max-attempts', '3'],
        ...['--timeout', '90m', '--retries', '2', '--missed', 'skip', '--overlap', 'queue'],
        ...['--description', 'The report'],
      )
      expect([code, stderr]).toEqual([0, ''])
      expect(stdout).toMatch(
        new RegExp(`^Cron job ${name} is due [^(]+ \\(\\d{4}-\\d\\d-\\d\\d 0[01]:00:00 UTC\\)\\.\n$`),
      )
      expect(await show(name)).toMatchObject({
        schedule: '0 2 * * *',
        timeZone: 'Europe/Berlin',
        projectId: 'acme',
        description: 'The report',
        action: {
          type: 'enqueue',
          kind: 'report.send',
          input: { month: '2026-11' },
          maxAttempts: 3,
          timeoutSeconds: 5_400,
        },
        maxRetries: 2,
        missedPolicy: 'skip',
        overlapPolicy: 'queue',
        isEnabled: true,
      })
    })

    it('makes one that calls a URL, and one that does what the program can do', async () => {
      const url = ['--http', ledger.receiver.url, '--header', 'x-team: data: all', '--header', 'X-B:c']
      expect(await add(...url, '--body', '[1]', '--timeout', '5s')).toMatchObject({
        action: { type: 'http', headers: { 'x-team': 'data: all', 'X-B': 'c' }, body: [1] },
        timeoutMs: 5_000,
      })
      expect(await add('--builtin', 'cleanupExpired', '--disabled')).toMatchObject({
        action: { type: 'builtin', name: 'cleanupExpired' },
        isEnabled: false,
        nextRunAt: null,
        timeoutMs: 120_000,
      })
    })

    it('takes an input from stdin', async () => {
      const name = unique('job')
      const args = ['cron', 'add', name, '--schedule', '@daily', '--enqueue', 'a.kind', '--stdin']
      expect(await runCli(args, { env: env(), stdin: '{"a": [1]}' })).toMatchObject({ code: 0 })
      expect(await show(name)).toMatchObject({ action: { input: { a: [1] } } })
    })

    it('says of one that does not run why', async () => {
      const name = unique('job')
      const ended = await cron('add', name, '--schedule', `\${NOT_SET_SCHEDULE}`, '--enqueue', 'a.kind')
      expect(ended).toMatchObject({ code: 0, stderr: '' })
      expect(ended.stdout).toMatch(
        `Cron job ${name} is enabled, and does not run: NOT_SET_SCHEDULE is not set: set it, or give a default`,
      )
      expect((await cron('list')).stdout).toMatch(
        new RegExp(`^${name} .* never .* NOT_SET_SCHEDULE is not set`, 'm'),
      )
      expect((await cron('show', name)).stdout).toMatch(/^ {2}problem +NOT_SET_SCHEDULE is not set/m)
      expect(await cron('next', name)).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('It does not run: NOT_SET_SCHEDULE is not set'),
      })
    })
  })

  it('list is a table: what is due when, in words too, and how it went', async () => {
    const job = await add('--builtin', 'cleanupExpired')
    const disabled = await add('--enqueue', 'a.kind', '--disabled', '--time-zone', 'Asia/Kolkata')
    const { code, stdout, stderr } = await cron('list')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^NAME +SCHEDULE +ZONE +NEXT +.*MEANS/)
    expect(stdout).toMatch(new RegExp(`^${job.name} +0 2 \\* \\* \\* +UTC +\\S.* +At 02:00`, 'm'))
    expect(stdout).toMatch(new RegExp(`^${disabled.name} +0 2 \\* \\* \\* +Asia/Kolkata +disabled +`, 'm'))
    const all = await json<ShownCronJob[]>('list')
    expect(all.map(({ name }) => name)).toEqual(expect.arrayContaining([...OWN, job.name, disabled.name]))
    const lines = (await cron('list', '--ndjson')).stdout.trim().split('\n')
    expect(lines.map((line) => JSON.parse(line).name)).toEqual(all.map(({ name }) => name))
  })

  it('show says all there is, by name and by id, and what a person has changed', {
    timeout: 120_000,
  }, async () => {
    const { name, id } = await add('--http', 'https://example.com/warm', '--retries', '2', '--timeout', '90s')
    for (const ref of [name, id]) {
      const { code, stdout, stderr } = await cron('show', ref)
      expect([code, stderr]).toEqual([0, ''])
      expect(stdout).toMatch(new RegExp(`^${name}  enabled\n  id +${id}\n`))
      expect(stdout).toMatch(/^ {2}means +At 02:00 \(UTC\)$/m)
      expect(stdout).toMatch(/^ {2}does +calls https:\/\/example\.com\/warm$/m)
      expect(stdout).toMatch(/^ {2}next +\S.*\(\d{4}-\d\d-\d\d 02:00:00 UTC\)(\n {15}in .*UTC\)){4}$/m)
      expect(stdout).toMatch(/^ {2}timeout +1 min 30 s\n {2}retries +2$/m)
      expect(stdout).toMatch(/^ {2}last +it has not run yet$/m)
      expect(stdout).not.toMatch(/^ {2}changed/m)
    }
    await cron('disable', name)
    const { stdout } = await cron('show', name)
    expect(stdout).toMatch(new RegExp(`^${name}  disabled\n`))
    expect(stdout).toMatch(/^ {2}changed +.* by \S+: isEnabled from true to false$/m)
    expect((await cron('show', 'daily-cleanup-2am')).stdout).toMatch(
      /^ {2}made +.* by the program, whose own it is$/m,
    )
  })

  it('disable and enable say what holds then, and again change nothing', async () => {
    const { name } = await add()
    for (const _ of ['once', 'again'])
      expect(await cron('disable', name)).toMatchObject({
        code: 0,
        stdout: `Cron job ${name} is disabled.\n`,
      })
    expect(await show(name)).toMatchObject({ isEnabled: false, nextRunAt: null })
    expect(await cron('enable', name)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(new RegExp(`^Cron job ${name} is due `)),
    })
    expect(await json<CronJob>('enable', name)).toMatchObject({ name, isEnabled: true, problem: null })
  })

  describe('next', () => {
    it('names the times of a job by its own clock and by UTC', async () => {
      const { name, id } = await add('--enqueue', 'a.kind', '--time-zone', 'Asia/Kolkata')
      const { code, stdout } = await cron('next', id, '--count', '2')
      expect(code).toBe(0)
      const [head, heads, ...rows] = stdout.trimEnd().split('\n')
      expect(head).toBe(`${name}  At 02:00 (Asia/Kolkata)`)
      expect(heads).toMatch(/^DUE +Asia\/Kolkata +UTC$/)
      expect(rows).toHaveLength(2)
      for (const row of rows)
        expect(row).toMatch(/^.+ \w{3} \d{4}-\d\d-\d\d 02:00:00 \+05:30 {2}\d{4}-\d\d-\d\d 20:30:00$/)
    })

    it('names as many as are asked for, also of one that is disabled', async () => {
      const { name } = await add('--enqueue', 'a.kind', '--disabled')
      const times = await json<Due[]>('next', name, '--count', '40')
      expect(times.map(({ at }) => Date.parse(at))).toEqual(
        times.map((_, n) => Date.parse(times[0]?.at ?? '') + n * 86_400_000),
      )
      expect(times).toHaveLength(40)
      expect(times[0]).toEqual({
        at: times[0]?.at,
        localTime: expect.any(String),
        timeZone: 'UTC',
        job: name,
      })
      expect((await cron('next', name)).stdout).toContain('It is disabled. Enabled, it would be due:\n')
    })

    it('names those of all jobs, soonest first, and none of a frequent one is left out', async () => {
      const { name } = await json<CronJob>(
        'add',
        unique('job'),
        '--schedule',
        '* * * * *',
        '--enqueue',
        'a.kind',
      )
      const all = await json<Due[]>('next', '--count', '12')
      expect(all).toHaveLength(12)
      expect(all.map(({ at }) => at)).toEqual(all.map(({ at }) => at).toSorted())
      const own = all.filter(({ job }) => job === name).map(({ at }) => Date.parse(at))
      expect(own.length).toBeGreaterThan(4)
      expect(own).toEqual(own.map((_, n) => (own[0] ?? 0) + n * 60_000))
      // Every minute has one: there is no later one than that.
      expect(Date.parse(all.at(-1)?.at ?? '') - (own.at(-1) ?? 0)).toBeLessThan(60_000)
      expect((await cron('next')).stdout).toMatch(/^DUE +JOB /)
      await cron('rm', name, '--yes')
    })

    it('names those of a schedule that no job has', async () => {
      const args = ['next', '--schedule', '30 2 * * 1-5', '--time-zone', 'Europe/Berlin', '--count', '3']
      const { code, stdout } = await cron(...args)
      expect(code).toBe(0)
      expect(stdout).toMatch(
        /^At 02:30, Monday through Friday \(Europe\/Berlin\)\nDUE +Europe\/Berlin +UTC\n(.+\n){3}$/,
      )
      const lines = (await cron(...args, '--ndjson')).stdout.trim().split('\n')
      expect(lines.map((line) => JSON.parse(line))).toEqual(await json('next', ...args.slice(1)))
      expect(JSON.parse(lines[0] ?? '')).toEqual({
        at: expect.stringMatching(/T0[01]:30:00\.000Z$/),
        localTime: expect.stringMatching(/T02:30:00\+0[12]:00$/),
        timeZone: 'Europe/Berlin',
        job: null,
      })
    })
  })

  it('rm deletes with --yes, and without a terminal not without', async () => {
    const { name, id } = await add()
    const refused = await cron('rm', name)
    expect([refused.code, refused.stderr]).toEqual([
      2,
      'runledger: rm asks first, and there is no terminal to ask on: add --yes\n',
    ])
    expect(await json('rm', name, '--yes')).toMatchObject({ id, name, schedule: '0 2 * * *' })
    expect((await cron('show', id)).code).toBe(3)
    expect((await cron('rm', name, '--yes')).code).toBe(3)
    const other = await add()
    expect(await cron('rm', other.id, '-y')).toMatchObject({
      code: 0,
      stdout: `Cron job ${other.name} is deleted.\n`,
    })
  })

  it('rm leaves the program’s own jobs, and says so with 4', async () => {
    const ended = await cron('rm', 'daily-cleanup-2am', '--yes')
    expect([ended.code, ended.stdout]).toEqual([4, ''])
    expect(ended.stderr).toMatch(/belongs to the program and would come back; disable it/)
  })

  it('of what is no name ends with 2', async () => {
    for (const name of ['a/b', '..', ''])
      expect(await cron('show', name)).toMatchObject({
        code: 2,
        stdout: '',
        stderr: 'runledger: job: is no id, and no name that a job may have\n',
      })
  })
})

describe('cron', () => {
  describe('add', () => {
    it.each([
      [
        ['x', '--schedule', '0 2 * *', '--enqueue', 'a'],
        2,
        /^runledger: --schedule: has 4 fields: .* an example: /,
      ],
      [['x', '--schedule', '0 2 31 2 *', '--enqueue', 'a'], 2, /^runledger: --schedule: never comes/],
      [
        ['x', '--schedule', '@daily', '--time-zone', 'CET?', '--enqueue', 'a'],
        2,
        /^runledger: --time-zone: is not/,
      ],
      [['x', '--schedule', `\${HOME}`, '--enqueue', 'a'], 2, /^runledger: --schedule: takes only variables/],
      [['x/y', '--schedule', '@daily', '--enqueue', 'a'], 2, /^runledger: name: must begin with a letter/],
      [['x', '--schedule', '@daily', '--enqueue', 'a b'], 2, /^runledger: --enqueue: must begin/],
      [['x', '--schedule', '@daily', '--enqueue', 'a', '--input', '{'], 2, /^runledger: --input is not JSON/],
      [
        [
          'x',
          '--schedule',
          '@daily',
          '--enqueue',
          'a',
          '--input',
          '{"k": "postgres://me:geheim@db.example.com/a"}',
        ],
        2,
        /^runledger: --input\.k looks like a secret/,
      ],
      [
        ['x', '--schedule', '@daily', '--enqueue', 'a', '--max-attempts', '0'],
        2,
        /^runledger: --max-attempts: /,
      ],
      [['x', '--schedule', '@daily', '--builtin', 'none'], 2, /^runledger: --builtin: .*cleanupStaleScripts/],
      [['x', '--schedule', '@daily', '--http', 'ftp://a'], 2, /^runledger: --http: Invalid URL/],
      [
        ['x', '--schedule', '@daily', '--http', 'http://169.254.169.254/'],
        4,
        /is not on the public internet/,
      ],
      [
        ['x', '--schedule', '@daily', '--http', 'http://example.com', '--body', '{'],
        2,
        /^runledger: --body is not/,
      ],
      [
        ['x', '--schedule', '@daily', '--http', 'http://example.com', '--timeout', '2d'],
        2,
        /^runledger: --timeout: a /,
      ],
      [['x', '--schedule', '@daily', '--enqueue', 'a', '--retries', '99'], 2, /^runledger: --retries: /],
      [['x', '--schedule', '@daily'], 2, /^runledger: say what it does: --enqueue <kind>, --http <url> or/],
      [
        ['daily-cleanup-2am', '--schedule', '@daily', '--enqueue', 'a'],
        4,
        /^runledger: there is a cron job daily-cleanup-2am already/,
      ],
    ] as [string[], number, RegExp][])('%j ends with %i', async (args, code, words) => {
      const ended = await cronIn(ledger.remote).cron('add', ...args)
      expect([ended.code, ended.stdout]).toEqual([code, ''])
      expect(ended.stderr).toMatch(words)
    })
  })

  describe('next', () => {
    it.each([
      [['--schedule', '1 2 3'], 2, /--schedule: has 3 fields/],
      [['x', '--schedule', '@daily'], 2, /name a job or give --schedule, not both/],
      [['x', '--time-zone', 'UTC'], 2, /--time-zone goes with --schedule/],
      [['--count', '101'], 2, /write a whole number from 1 to 100/],
      [['x'], 3, /there is no cron job x/],
    ])('%j ends with %i', async (args, code, words) => {
      const ended = await cronIn(ledger.remote).cron('next', ...args)
      expect([ended.code, ended.stdout]).toEqual([code, ''])
      expect(ended.stderr).toMatch(words)
    })
  })

  it.each(['show', 'next', 'trigger', 'enable', 'disable', 'rm', 'history'])(
    '%s of a job that is not there ends with 3',
    async (command) => {
      const yes = command === 'rm' ? ['--yes'] : []
      expect(await cronIn(ledger.remote).cron(command, 'none', ...yes)).toMatchObject({
        code: 3,
        stdout: '',
        stderr: 'runledger: there is no cron job none\n',
      })
    },
  )

  it('list says that all are paused, and on stdout nothing but jobs', async () => {
    const put = async (paused: boolean) => {
      const { RUNLEDGER_API_URL: url, RUNLEDGER_API_KEY: key } = ledger.remote
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
      const body = JSON.stringify({ paused })
      const { status } = await fetch(`${url}/v1/cron-settings`, { method: 'PUT', headers, body })
      expect(status).toBe(200)
    }
    await put(true)
    try {
      for (const env of [ledger.remote, ledger.database]) {
        const { stdout, stderr } = await cronIn(env).cron('list')
        expect(stderr).toContain('all cron jobs are paused')
        expect(stdout).toContain('daily-cleanup-2am')
        expect(stdout).not.toContain('paused')
      }
    } finally {
      await put(false)
    }
    expect((await cronIn(ledger.remote).cron('list')).stderr).toBe('')
  })

  it('list shows more jobs than fit on a page of the API', async () => {
    const names = Array.from({ length: 120 }, (_, n) => `many ${String(n).padStart(3, '0')}`)
    for (const name of names)
      await ledger.server.api.post('/v1/cron-jobs', {
        ...{ name, schedule: '@yearly', isEnabled: false },
        action: { type: 'enqueue', kind: 'a.kind' },
      })
    const listed = await cronIn(ledger.remote).json<ShownCronJob[]>('list')
    expect(listed.map(({ name }) => name).filter((name) => name.startsWith('many'))).toEqual(names)
  })

  it('is refused with 4 to a key that may not', async () => {
    const { body } = await ledger.server.api.post('/v1/keys', { name: 'reader', scopes: ['runs:read'] })
    const ended = await cronIn({ ...ledger.remote, RUNLEDGER_API_KEY: String(body.key) }).cron('list')
    expect(ended).toMatchObject({
      code: 4,
      stdout: '',
      stderr: expect.stringMatching(/needs the scope admin/),
    })
  })

  it('needs a server, except to say what a schedule means', async () => {
    const home = await makeHome()
    const { cron } = cronIn({ HOME: home.path, RUNLEDGER_HOME: home.path })
    for (const args of [['list'], ['show', 'x'], ['add', 'x', '--schedule', '@daily', '--enqueue', 'a']])
      expect(await cron(...args)).toMatchObject({
        code: 2,
        stdout: '',
        stderr: 'runledger: cron jobs need a server: use --remote, or set DATABASE_URL\n',
      })
    const ended = await cron('next', '--schedule', '0 2 * * *')
    await home.remove()
    expect(ended).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/^At 02:00 \(UTC\)\nDUE/),
    })
  })

  it('through a server loads nothing that only servers need', async () => {
    const home = await makeHome()
    const file = join(home.path, 'modules.txt')
    const preload = `--import ${join(import.meta.dirname, '../support/note-modules.mjs')}`
    const { cron } = cronIn({ ...ledger.remote, NODE_OPTIONS: preload, MODULES_FILE: file })
    expect(await cron('list')).toMatchObject({ code: 0, stderr: '' })
    const loaded = (await readFile(file, 'utf8')).split('\n')
    await home.remove()
    expect(loaded.filter((url) => url.includes('/lib/cli/'))).not.toEqual([])
    expect(
      loaded.filter((url) =>
        /\/(croner|cronstrue|pg|hono|pino)\/|\/lib\/(ledger\/cron|store|http)\//.test(url),
      ),
    ).toEqual([])
  })

  it('says what to do where there is none yet', async () => {
    const empty = await openLedgerOfJobs()
    const client = new (await import('pg')).default.Client({ connectionString: empty.database.DATABASE_URL })
    await client.connect()
    await client.query('DELETE FROM cron_jobs')
    await client.end()
    const { cron } = cronIn(empty.remote)
    const said = await Promise.all([cron('list'), cron('next'), cron('history'), cron('list', '--json')])
    await empty.close()
    expect(said.map(({ code }) => code)).toEqual([0, 0, 0, 0])
    const [list, next, history, json] = said.map(({ stdout }) => stdout)
    expect(list).toMatch(/^There is no cron job yet\. Make one:\n\n {2}runledger cron add /)
    expect([next, history, json]).toEqual(['No cron job is due.\n', 'No cron job has run yet.\n', '[]\n'])
  })
})
