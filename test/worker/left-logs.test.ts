import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OddProxy, startProxy } from '../client/proxy.ts'
import { until } from '../support/cli.ts'
import { killsOr, timeForKills } from '../support/kills.ts'
import { type ServerProcess, startServerWithDatabase } from '../support/server.ts'
import { type Bench, benchOn, DEBUG, embed, HANDLERS, linesOf, logOf } from './support.ts'

const KILLS = killsOr(12)
const LINES = 150
/** Numbered lines, some at a time. */
const COUNTING = `i=0; while [ $i -lt ${LINES} ]; do echo "attempt $RUNLEDGER_RUN_ATTEMPT line $i"; i=$((i+1))
  [ $((i % 10)) -eq 0 ] && sleep 0.05; done; exit 0`
const COUNTS = ['--kinds', 'test.command', '--lease', '10s', '--exec', 'sh', '--', '-c', COUNTING]

describe.concurrent('what a worker leaves in the spool', () => {
  let server: ServerProcess & { close(): Promise<void> }
  const proxies: OddProxy[] = []
  beforeAll(async () => {
    server = await startServerWithDatabase()
  })
  afterAll(async () => {
    await Promise.all(proxies.map((proxy) => proxy.close()))
    await server?.close()
  })
  const proxied = async () => {
    const proxy = await startProxy(server.url)
    proxies.push(proxy)
    return { proxy, env: { RUNLEDGER_API_URL: proxy.url } }
  }
  const inSpool = ({ home }: Bench) => readdir(join(home, 'spool')).catch((): string[] => [])
  const eventsOf = async (id: string) => {
    const { body } = await server.api.get<{ data: { type: string }[] }>(`/v1/runs/${id}/events?limit=200`)
    return body.data.map(({ type }) => type)
  }

  it('when it is killed at any moment, the next one delivers: each run ends once, each line is there once', {
    timeout: timeForKills(KILLS, 15_000),
  }, async () => {
    const bench = benchOn(server)
    const ids: string[] = []
    for (let round = 0; round < KILLS; round++) {
      for (let n = 0; n < 2; n++) ids.push(await bench.enqueue('test.command', { maxAttempts: 20 }))
      const worker = bench.worker(['--concurrency', '3', ...COUNTS])
      await worker.says(/worker started/)
      if (round % 3 > 0) await until(async () => (await inSpool(bench)).length > 0, 'the first line')
      await sleep(Math.random() * 800)
      worker.process.kill('SIGKILL')
      await worker.ended
    }
    const last = bench.worker(['--concurrency', '6', ...COUNTS])
    for (const id of ids) await bench.becomes(id, 'succeeded', 120_000)
    // What a killed one had only begun to make is swept later.
    await until(async () => !(await inSpool(bench)).some((name) => /^\w{26}\./.test(name)), 'an empty spool')
    last.process.kill('SIGTERM')
    expect((await last.ended).code).toBe(0)
    const runs = await Promise.all(ids.map(bench.read))
    expect(runs.some(({ attempt }) => attempt > 1)).toBe(true)
    for (const id of ids) {
      expect((await eventsOf(id)).filter((type) => type === 'run.succeeded')).toHaveLength(1)
      expect(strangeLine(await bench.log(id))).toBeNull()
    }
  })

  it('when its ledger is away at SIGTERM, the next one delivers: the log, and that the run was given back', {
    timeout: 60_000,
  }, async () => {
    const bench = benchOn(server)
    const { proxy, env } = await proxied()
    const id = await bench.enqueue('test.sleep')
    const args = ['--handlers', HANDLERS, '--drain', '0s', '--grace', '200ms']
    const worker = bench.worker(args, env)
    await worker.says(/begun/)
    await proxy.goAway()
    worker.process.kill('SIGTERM')
    const { code, stdout } = await worker.ended
    expect([code, linesOf(stdout).at(-1)]).toMatchObject([0, { lost: 1, released: 0 }])
    expect(await inSpool(bench)).toEqual([`${id}.1`])
    await proxy.comeBack()
    const next = bench.worker(['--once', '--kinds', 'test.quick', '--handlers', HANDLERS], env)
    expect((await next.ended).code).toBe(0)
    expect(await bench.read(id)).toMatchObject({ state: 'queued', attempt: 0, errorCode: 'released' })
    expect(await logOf(server, id, { raw: true })).toBe('begun\n')
    expect(await inSpool(bench)).toEqual([])
  })

  it('holds up no second signal, whatever the server does', { timeout: 60_000 }, async () => {
    const bench = benchOn(server)
    const { proxy, env } = await proxied()
    const id = await bench.enqueue('test.stubborn')
    const worker = bench.worker(['--handlers', HANDLERS], env)
    await worker.says(/begun/)
    await bench.becomes(id, 'running')
    proxy.whim = () => 'done'
    worker.process.kill('SIGTERM')
    await sleep(300)
    worker.process.kill('SIGTERM')
    expect((await worker.ended).code).toBe(143)
    expect(await inSpool(bench)).toEqual([`${id}.1`])
    proxy.whim = () => 'pass'
    const next = bench.worker(['--once', '--kinds', 'test.quick', '--handlers', HANDLERS], env)
    expect((await next.ended).code).toBe(0)
    expect(await bench.read(id)).toMatchObject({ state: 'queued', attempt: 0, errorCode: 'released' })
    expect(await logOf(server, id, { raw: true })).toBe('begun\n')
  })

  it('of a run that another worker has by then is put aside, and never in the other’s log', {
    timeout: 60_000,
  }, async () => {
    const { bench, proxy, worker } = await embed(
      server,
      {
        shared: async (_run, { log, signal }) => {
          log('first worker')
          await sleep(60_000, undefined, { signal }).catch(() => {})
          log('told to stop')
          signal.throwIfAborted()
        },
      },
      { leaseSeconds: 10, drainMs: 0, graceMs: 0 },
    )
    proxies.push(proxy)
    const id = await bench.enqueue('shared', { maxAttempts: 3 })
    const working = worker.run()
    await until(async () => (await bench.log(id)).includes('first worker'), 'the first line')
    await proxy.goAway()
    const other = await embed(
      server,
      {
        shared: (_run, { log }) => {
          log('second worker')
          return 'done'
        },
      },
      { projectId: bench.projectId },
    )
    proxies.push(other.proxy)
    const otherWorking = other.worker.run()
    await bench.becomes(id, 'succeeded')
    await proxy.comeBack()
    const aside = join(bench.home, 'spool/refused', `${id}.1`)
    await until(() => readdir(aside).catch(() => null), 'the rest to be put aside', 40_000)
    expect(await readFile(join(aside, 'log'), 'utf8')).toContain('told to stop')
    worker.stop()
    other.worker.stop()
    await Promise.all([working, otherWorking])
    expect(await logOf(server, id, { raw: true })).toBe('first worker\nsecond worker\n')
    expect(await bench.read(id)).toMatchObject({ attempt: 2, outputRef: 'done' })
  })

  it('is delivered when the command of a killed worker printed without an end', async () => {
    const bench = benchOn(server)
    const id = await bench.enqueue('test.command', { maxAttempts: 1 })
    const script = 'echo whole; while :; do echo more; sleep 0.1; done'
    const args = ['--kinds', 'test.command', '--exec', 'sh', '--', '-c', script]
    const worker = bench.worker(args, DEBUG)
    await worker.says(/whole.*more/s)
    const log = join(bench.home, 'spool', `${id}.1`, 'log')
    await until(async () => (await stat(log).catch(() => null))?.size, 'a line on disk')
    worker.process.kill('SIGKILL')
    await worker.ended
    const next = bench.worker(['--once', '--kinds', 'test.quick', '--handlers', HANDLERS])
    expect((await next.ended).code).toBe(0)
    expect(await bench.read(id)).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('how it came out is not known'),
    })
    expect(await logOf(server, id, { raw: true })).toMatch(/^whole\n(more\n)*$/)
  })
})

/**
 * The first line that is not what comes next: attempts in order, each from its line 0 on, the last one whole. A piece of a line
 * is the end of a killed one.
 */
function strangeLine(log: string): string | null {
  let [attempt, line] = [0, 0]
  for (const text of log.split('\n').slice(0, -1)) {
    const [, mark, said = ''] = /^\[\S+\] \w{26}([:~]) (.*)$/.exec(text) ?? []
    if (mark === '~') continue
    const [, first] = /^attempt (\d+) line 0$/.exec(said) ?? []
    if (Number(first) > attempt) [attempt, line] = [Number(first), 0]
    if (said !== `attempt ${attempt} line ${line}`) return `${text} in place of line ${line}`
    line++
  }
  return line === LINES ? null : `it ends at line ${line} of attempt ${attempt}`
}
