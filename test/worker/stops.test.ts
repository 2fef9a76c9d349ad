import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isAlive } from '../process/support/run-captured.ts'
import { type ServerProcess, startServerWithDatabase } from '../support/server.ts'
import { benchOn, DEBUG, endOf, HANDLERS, linesOf } from './support.ts'

/** A heartbeat is due every third of it. */
const LEASE = ['--lease', '10s']

describe.concurrent('a run told to stop', () => {
  let server: ServerProcess & { close(): Promise<void> }
  beforeAll(async () => {
    server = await startServerWithDatabase()
  })
  afterAll(() => server?.close())

  it('by a cancel from elsewhere ends within one heartbeat', async () => {
    const bench = benchOn(server)
    const id = await bench.enqueue('test.sleep')
    const worker = bench.worker(['--handlers', HANDLERS, ...LEASE])
    await worker.says(/begun/)
    await bench.cancel(id)
    const run = await bench.becomes(id, 'canceled', 5_000)
    expect(run).toMatchObject({ errorCode: 'canceled', error: 'canceled' })
    worker.process.kill('SIGTERM')
    const { code, stdout } = await worker.ended
    expect(code).toBe(0)
    expect(endOf(stdout, id)).toMatchObject({ outcome: 'canceled' })
  })

  it('by a cancel from elsewhere takes a command’s whole tree along, within its grace', async () => {
    const bench = benchOn(server)
    const id = await bench.enqueue('test.command')
    const script = 'trap "" TERM; sleep 300 & echo child $!; while :; do sleep 0.1; done'
    const args = ['--kinds', 'test.command', ...LEASE, '--grace', '1s', '--exec', 'sh', '--', '-c', script]
    const worker = bench.worker(args, DEBUG)
    const [, child] = await worker.says(/child (\d+)/)
    await bench.cancel(id)
    const run = await bench.becomes(id, 'canceled', 8_000)
    expect(run).toMatchObject({ exitCode: 137, error: 'canceled' })
    expect(isAlive(Number(child))).toBe(false)
    worker.process.kill('SIGTERM')
    expect((await worker.ended).code).toBe(0)
  })

  it('by its own timeout has failed, and may be tried again', async () => {
    const bench = benchOn(server)
    const id = await bench.enqueue('test.sleep', { timeoutSeconds: 1, maxAttempts: 2 })
    const command = await bench.enqueue('test.command', { timeoutSeconds: 1 })
    const worker = bench.worker(['--once', '--handlers', HANDLERS])
    const other = bench.worker(['--once', '--kinds', 'test.command', '--exec', 'sleep', '60'])
    expect((await worker.ended).code).toBe(0)
    expect((await other.ended).code).toBe(1)
    expect(await bench.read(id)).toMatchObject({ state: 'queued', attempt: 1, error: 'timed out after 1 s' })
    expect(await bench.read(command)).toMatchObject({
      state: 'failed',
      error: 'timed out after 1 s',
      exitCode: 143,
    })
  })

  it('that does not obey is reported and ended without its handler, whose late word counts for nothing', async () => {
    const bench = benchOn(server)
    const id = await bench.enqueue('test.stubborn', { input: { ms: 4_000 }, timeoutSeconds: 1 })
    const worker = bench.worker(['--handlers', HANDLERS, '--grace', '1s'])
    const run = await bench.becomes(id, 'failed')
    expect(run).toMatchObject({ error: 'timed out after 1 s', durationMs: expect.any(Number) })
    expect(run.durationMs).toBeLessThan(3_500)
    await worker.says(/too late/)
    expect(await bench.read(id)).toEqual(run)
    worker.process.kill('SIGTERM')
    const { stdout } = await worker.ended
    const lines = linesOf(stdout).filter(({ level }) => level === 'warn')
    expect(lines).toMatchObject([
      { message: 'the handler ignores its signal', runId: id, reason: 'timeout' },
      {
        message: 'the handler has ended, too late',
        runId: id,
        outcome: 'succeeded',
        taken: expect.stringContaining('no longer held'),
      },
    ])
  })

  it('that does not obey does not hold up a worker that should end when nothing is due', async () => {
    const bench = benchOn(server)
    const id = await bench.enqueue('test.stubborn', { timeoutSeconds: 1 })
    const worker = bench.worker(['--once', '--concurrency', '1', '--handlers', HANDLERS, '--grace', '500ms'])
    const { code, stdout } = await worker.ended
    expect(code).toBe(1)
    expect(endOf(stdout, id)).toMatchObject({ outcome: 'failed', error: 'timed out after 1 s' })
    expect(linesOf(stdout).at(-1)).toMatchObject({ failed: 1, abandoned: 1 })
  })
})
