import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../support/cli.ts'
import { type ServerProcess, startServerWithDatabase } from '../support/server.ts'
import { benchOn, DEBUG, endOf, HANDLERS, linesOf } from './support.ts'

describe.concurrent('a worker told to end', () => {
  let server: ServerProcess & { close(): Promise<void> }
  beforeAll(async () => {
    server = await startServerWithDatabase()
  })
  afterAll(() => server?.close())

  it('lets what runs come to its end, takes nothing more, and ends with 0', async () => {
    const bench = benchOn(server)
    const id = await bench.enqueue('test.sleep', { input: { ms: 1_500 } })
    const worker = bench.worker()
    await worker.says(/begun/)
    worker.process.kill('SIGTERM')
    const later = await bench.enqueue('test.quick', { maxAttempts: 2 })
    const { code, stdout, stderr } = await worker.ended
    expect([code, stderr]).toEqual([0, ''])
    expect(endOf(stdout, id)).toMatchObject({ outcome: 'succeeded' })
    expect(await bench.read(id)).toMatchObject({ state: 'succeeded', outputRef: 'slept' })
    const said = linesOf(stdout).filter(({ runId }) => runId === later)
    expect(said.filter(({ outcome }) => outcome !== 'released')).toEqual([])
    // Where a claim that was on its way took it, for nobody, it is back after its lease.
    const isQueued = async () => (await bench.read(later)).state === 'queued'
    await until(isQueued, 'the run that was not taken', 150_000)
  }, 200_000)

  it('ends at once when it has nothing to do', async () => {
    const bench = benchOn(server)
    const worker = bench.worker()
    await worker.says(/worker started/)
    // In the midst of a claim that waits for work.
    await new Promise((resolve) => setTimeout(resolve, 700))
    const began = performance.now()
    worker.process.kill('SIGINT')
    expect((await worker.ended).code).toBe(0)
    expect(performance.now() - began).toBeLessThan(8_000)
  })

  it('gives back what is not through when the drain is over; that costs no attempt', async () => {
    const bench = benchOn(server)
    const sleeper = await bench.enqueue('test.sleep')
    const stubborn = await bench.enqueue('test.stubborn')
    const worker = bench.worker(['--handlers', HANDLERS, '--drain', '1s', '--grace', '1s'])
    await worker.says(/begun.*begun/s)
    const began = performance.now()
    worker.process.kill('SIGTERM')
    const { code, stdout } = await worker.ended
    expect(performance.now() - began).toBeLessThan(12_000)
    expect(code).toBe(0)
    for (const id of [sleeper, stubborn]) {
      expect(endOf(stdout, id)).toMatchObject({ outcome: 'released' })
      expect(await bench.read(id)).toMatchObject({ state: 'queued', attempt: 0, errorCode: 'released' })
    }
    expect(linesOf(stdout).at(-1)).toMatchObject({ released: 2, abandoned: 1 })
  })

  it('ends this instant at the second signal, and still gives back what it has', async () => {
    const bench = benchOn(server)
    const stubborn = await bench.enqueue('test.stubborn')
    const command = await bench.enqueue('test.command')
    const worker = bench.worker()
    const script = 'trap "" TERM; echo pid $$; while :; do sleep 0.2; done'
    const other = bench.worker(['--kinds', 'test.command', '--exec', 'sh', '--', '-c', script], DEBUG)
    await worker.says(/begun/)
    const [, pid] = await other.says(/pid (\d+)/)
    for (const one of [worker, other]) one.process.kill('SIGTERM')
    await new Promise((resolve) => setTimeout(resolve, 300))
    const began = performance.now()
    for (const one of [worker, other]) one.process.kill('SIGTERM')
    expect((await worker.ended).code).toBe(143)
    expect((await other.ended).code).toBe(143)
    expect(performance.now() - began).toBeLessThan(8_000)
    expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH')
    for (const id of [stubborn, command])
      expect(await bench.read(id)).toMatchObject({ state: 'queued', attempt: 0 })
  })

  it('killed in mid-run loses it to another, after the lease, once', async () => {
    const bench = benchOn(server)
    const id = await bench.enqueue('test.sleep', { input: { ms: 2_000 }, maxAttempts: 2 })
    const first = bench.worker(['--handlers', HANDLERS, '--lease', '10s'])
    await first.says(/begun/)
    const second = bench.worker(['--handlers', HANDLERS, '--lease', '10s'])
    first.process.kill('SIGKILL')
    await second.says(/begun/)
    const run = await bench.becomes(id, 'succeeded')
    expect(run).toMatchObject({
      attempt: 2,
      fence: 2,
      claimedBy: `worker:${(run.claimedBy ?? '').split(':')[1]}:${second.pid}`,
    })
    second.process.kill('SIGTERM')
    const { stdout } = await second.ended
    expect(linesOf(stdout).filter(({ message }) => message === 'begun')).toHaveLength(1)
    const { body } = await server.api.get<{ data: { type: string }[] }>(`/v1/runs/${id}/events`)
    const types = body.data.map(({ type }) => type)
    expect(types.filter((type) => type === 'run.started')).toHaveLength(2)
    expect(types.at(-1)).toBe('run.succeeded')
  })
})
