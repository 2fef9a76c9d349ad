import { writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Run } from '../../lib/run/run.ts'
import { freePort } from '../../lib/runtime/postgres-server/free-port.ts'
import {
  type CliOptions,
  makeHome,
  RUNLEDGER,
  runCli,
  startCli,
  startProcess,
  until,
} from '../support/cli.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { unique } from '../support/make.ts'
import { ADMIN_KEY, type ServerProcess, startServer } from '../support/server.ts'

const KIND = 'test.trouble'
const script = (text: string) => ['exec', '--kind', KIND, '--', 'sh', '-c', text]
let home: Awaited<ReturnType<typeof makeHome>>
beforeAll(async () => {
  home = await makeHome()
})
const at = (url: string, key = ADMIN_KEY): CliOptions => ({
  env: { HOME: `${home.path}/${unique('home')}`, RUNLEDGER_API_URL: url, RUNLEDGER_API_KEY: key },
})
const lines = (text: string) => text.split('\n').filter((line) => line !== '')
const TRIED_AGAIN = /^runledger: .+; the command runs on, and the ledger is tried again$/
const NOT_IN_LEDGER = /^runledger: run \w{26} is not in the ledger yet; send it with: runledger flush$/

const leftovers: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const remove of [...leftovers, home.remove]) await remove()
})

/** A home and a database for servers that come and go. */
async function place(): Promise<{ start(port?: number): Promise<ServerProcess>; database: TestDatabase }> {
  const [home, database] = await Promise.all([makeHome(), createDatabase()])
  leftovers.push(database.drop, home.remove)
  const env = { HOME: home.path, RUNLEDGER_DATA_DIR: `${home.path}/data`, RUNLEDGER_ADMIN_KEY: ADMIN_KEY }
  return {
    database,
    async start(port = 0) {
      const server = await startServer({ ...env, DATABASE_URL: database.url, PORT: String(port) })
      leftovers.unshift(async () => void server.cli.process.kill('SIGKILL'))
      return server
    },
  }
}

const onlyRun = async ({ api }: ServerProcess): Promise<Run | undefined> =>
  (await api.get<{ data: Run[] }>(`/v1/runs?kind=${KIND}`)).body.data[0]

describe.concurrent('a ledger that is not there', () => {
  it('is a warning; the command runs, and its exit code stands', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    const { code, stdout, stderr } = await runCli(script('sleep 2; echo hi; exit 3'), at(url))
    expect([code, stdout]).toEqual([3, 'hi\n'])
    const [first, last, ...more] = lines(stderr)
    expect(first).toBe(
      `runledger: cannot reach ${url}: ECONNREFUSED; the command runs on, and the ledger is tried again`,
    )
    expect(last).toMatch(NOT_IN_LEDGER)
    expect(more).toEqual([])
  })

  it.each([
    ['no key', { RUNLEDGER_API_URL: 'http://127.0.0.1:1' }, /set RUNLEDGER_API_KEY/],
    ['an address that is none', { RUNLEDGER_API_URL: 'ftp://x' }, /RUNLEDGER_API_URL is "ftp:\/\/x"/],
    ['another variable that is wrong', { PORT: 'many' }, /PORT is "many"/],
  ])('or not named right (%s) is one warning', async (_what, env, warning) => {
    const { code, stderr } = await runCli(script('sleep 1; exit 3'), { env: { HOME: home.path, ...env } })
    expect(code).toBe(3)
    expect(lines(stderr)).toEqual([expect.stringMatching(warning)])
  })

  it('and comes up later has the run from its true start to its true end', async () => {
    const [port, { start }] = [await freePort(), await place()]
    const began = Date.now()
    // Asked at 0, 1, 3 and 7 s: a busy machine has that long to start the server.
    const exec = startCli(script('sleep 10; exit 3'), at(`http://127.0.0.1:${port}`))
    await delay(2_000)
    const server = await start(port)
    const isUp = Date.now()
    expect(await until(() => onlyRun(server))).toMatchObject({ state: 'running' })
    expect((await exec.ended).code).toBe(3)
    const run = (await onlyRun(server)) as Run & { startedAt: string }
    expect(run).toMatchObject({ state: 'failed', exitCode: 3 })
    expect(Date.parse(run.startedAt)).toBeGreaterThanOrEqual(began)
    expect(Date.parse(run.startedAt)).toBeLessThan(Math.min(isUp, began + 2_000))
    expect(run.durationMs).toBeGreaterThanOrEqual(10_000)
    expect(run.durationMs).toBeLessThan(12_000)
    expect(lines(exec.stderr())).toEqual([expect.stringMatching(TRIED_AGAIN)])
  })
})

describe.concurrent('a ledger that goes away', () => {
  it('for good is two warnings, and costs 10 s at most', async () => {
    const server = await (await place()).start()
    const exec = startCli(script('sleep 3; echo hi; exit 3'), at(server.url))
    await until(() => onlyRun(server))
    // The run is in the database before its command has heard so.
    await delay(700)
    server.cli.process.kill('SIGKILL')
    const began = performance.now()
    expect(await exec.ended).toMatchObject({ code: 3, stdout: 'hi\n' })
    expect(performance.now() - began).toBeLessThan(16_000)
    expect(exec.stderr()).toMatch(
      /^runledger: the end of run \w{26} is not in the ledger yet: cannot reach .+: ECONN\w+; send it with: runledger flush\n$/,
    )
  })

  it('and is back within 10 s of the end is told the end', async () => {
    const [port, { start }] = [await freePort(), await place()]
    const server = await start(port)
    const exec = startCli(script('sleep 2; exit 3'), at(server.url))
    await until(() => onlyRun(server))
    // The run is in the database before its command has heard so.
    await delay(700)
    server.cli.process.kill('SIGKILL')
    await delay(3_000)
    const back = await start(port)
    expect(await exec.ended).toMatchObject({ code: 3, stderr: '' })
    expect(await onlyRun(back)).toMatchObject({ state: 'failed', exitCode: 3 })
    expect((await onlyRun(back))?.durationMs).toBeLessThan(4_000)
  })
})

describe('a ledger that is killed while a command prints', () => {
  it('and back long after the lease, its run called lost, has the log whole and the true end', {
    timeout: 120_000,
  }, async () => {
    const [port, { start, database }] = [await freePort(), await place()]
    const server = await start(port)
    const { env = {} } = at(server.url)
    const stop = `${home.path}/${unique('stop')}`
    const print = `n=0; while [ ! -e ${stop} ]; do n=$((n+1)); echo line $n; sleep 0.05; done; exit 3`
    const exec = startCli(script(print), { env })
    const { id } = await until(() => onlyRun(server), 'the run')
    await until(async () => ((await onlyRun(server))?.logBytes ?? 0) > 0, 'the first of its log')
    server.cli.process.kill('SIGKILL')
    await server.cli.ended
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    await client.query(`UPDATE runs SET "leaseExpiresAt" = now() - interval '1 s' WHERE id = '${id}'`)
    await client.end()
    // At another address it sweeps, and does not hear of the run.
    const elsewhere = await start()
    await until(async () => (await onlyRun(elsewhere))?.errorCode === 'lost', 'the sweep', 60_000)
    await elsewhere.stop()
    const printed = exec.stdout().length
    await until(() => exec.stdout().length > printed, 'more lines')
    const back = await start(port)
    await writeFile(stop, '')
    const { code, stdout, stderr } = await exec.ended
    expect(code).toBe(3)
    expect(
      lines(stderr).filter((line) => !/cannot reach|its end will be told all the same/.test(line)),
    ).toEqual([])
    expect(await onlyRun(back)).toMatchObject({ state: 'failed', exitCode: 3, errorCode: 'error' })
    expect((await runCli(['runs', 'logs', id, '--raw'], { env })).stdout).toBe(stdout)
  })
})

describe('a disk that is full', () => {
  it('is said once and in the log; the command runs on, and its run is recorded', async () => {
    const server = await (await place()).start()
    // What Node keeps of compiled code would be cut off, too.
    const env = { ...at(server.url).env, NODE_DISABLE_COMPILE_CACHE: '1' }
    const limited = 'ulimit -f 1024; exec "$0" "$@"'
    const exec = startProcess(
      'bash',
      ['-c', limited, process.execPath, RUNLEDGER, ...script('seq 1 400000; exit 3')],
      { env },
    )
    const { code, stdout, stderr } = await exec.ended
    expect([code, stdout.length]).toEqual([3, 2_688_895])
    expect(stderr).toBe(
      'runledger: not all that the command prints can be kept: the file may not grow any more\n',
    )
    const run = (await onlyRun(server)) as Run
    expect(run).toMatchObject({ state: 'failed', exitCode: 3 })
    const log = (await runCli(['runs', 'logs', run.id, '--raw'], { env })).stdout
    expect(log).toMatch(/^1\n2\n3\n/)
    expect(log).toMatch(
      /\[runledger: \d+ bytes of the log are missing here: the file may not grow any more\]\n/,
    )
  }, 60_000)
})

describe('a ledger that refuses', () => {
  let server: ServerProcess
  let drop: () => Promise<void>
  beforeAll(async () => {
    const [home, database] = await Promise.all([makeHome(), createDatabase()])
    server = await startServer({
      HOME: home.path,
      RUNLEDGER_DATA_DIR: `${home.path}/data`,
      DATABASE_URL: database.url,
    })
    drop = () => Promise.all([database.drop(), home.remove()]).then(() => {})
  })
  afterAll(async () => {
    await server?.stop()
    await drop?.()
  })
  /** The status of each request that named this kind of call, from the server's log. */
  const statuses = () =>
    [...server.cli.stdout().matchAll(/"path":"\/v1\/runs:\w+","status":(\d+)/g)].map(([, status]) => status)

  it.each([
    [
      'the key',
      'wrong-key',
      [],
      '401',
      /the key is not known.*; the command runs on, and .+ keeps its run for: runledger flush$/,
    ],
    [
      'the run',
      null,
      ['--label', 'a=', '--name', 'two\nlines'],
      '422',
      /^runledger: --name: .*; the command runs on, unrecorded; what it prints is kept in .+\/spool\/refused$/,
    ],
  ])('%s is not asked again, and warned of once', async (_what, wrong, options, status, warning) => {
    const before = statuses().length
    const args = ['exec', '--kind', KIND, ...options, '--', 'sh', '-c', 'echo progress: 4; sleep 3; exit 3']
    const { code, stderr } = await runCli(args, at(server.url, wrong ?? server.env.RUNLEDGER_API_KEY))
    expect(code).toBe(3)
    expect(lines(stderr)).toEqual([expect.stringMatching(warning)])
    expect(statuses().slice(before)).toEqual([status])
  })

  it('a command that is through at once is warned of once, too', async () => {
    const { code, stderr } = await runCli(script('exit 3'), at(server.url, 'wrong-key'))
    expect(code).toBe(3)
    expect(lines(stderr)).toEqual([
      expect.stringMatching(
        /run \w{26} is not in the ledger yet: the key is not known.*; send it with: runledger flush$/,
      ),
    ])
  })
})
