import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli, startCli, until } from '../support/cli.ts'
import { local, type Place, type TestLedger } from '../support/ledgers.ts'
import { HANDLERS, linesOf } from './support.ts'

describe.concurrent('workers on one machine, without a server', () => {
  let opened: Awaited<ReturnType<Place['open']>>
  beforeAll(async () => {
    opened = await local.open()
  })
  afterAll(() => opened?.close())

  const enqueue = async ({ env }: TestLedger, ...args: string[]) =>
    (await runCli(['runs', 'enqueue', ...args], { env })).stdout.trim()
  const start = ({ env }: TestLedger, ...args: string[]) =>
    startCli(['worker', '--handlers', HANDLERS, ...args], { env })

  it('share the queue: each run is done once', async () => {
    const ledger = await opened.ledger()
    for (let n = 0; n < 8; n++) await enqueue(ledger, 'test.sleep', '--input', '{"ms":200}')
    const workers = [
      start(ledger, '--once', '--concurrency', '2'),
      start(ledger, '--once', '--concurrency', '2'),
    ]
    const ended = await Promise.all(workers.map((worker) => worker.ended))
    expect(ended.map(({ code }) => code)).toEqual([0, 0])
    const done = ended
      .flatMap(({ stdout }) => linesOf(stdout))
      .filter(({ message }) => message === 'run ended')
    expect(new Set(done.map(({ runId }) => runId)).size).toBe(8)
    expect(done).toHaveLength(8)
    expect(
      (await ledger.runs('test.sleep')).every(({ state, attempt }) => state === 'succeeded' && attempt === 1),
    ).toBe(true)
  })

  it('take what another process puts there, and give it back when told to end', async () => {
    const ledger = await opened.ledger()
    const worker = start(ledger, '--drain', '0s')
    await worker.says(/worker started/)
    const id = await enqueue(ledger, 'test.sleep')
    await worker.says(/begun/)
    worker.process.kill('SIGTERM')
    expect((await worker.ended).code).toBe(0)
    expect(await ledger.runs('test.sleep')).toMatchObject([{ id, state: 'queued', attempt: 0 }])
  })

  it('hear of a cancel from another process', async () => {
    const ledger = await opened.ledger()
    const worker = start(ledger, '--lease', '10s')
    const id = await enqueue(ledger, 'test.sleep')
    await worker.says(/begun/)
    const { env } = ledger
    expect((await runCli(['runs', 'cancel', id, '--yes'], { env })).code).toBe(0)
    await until(
      async () => (await ledger.runs('test.sleep'))[0]?.state === 'canceled',
      'it to be canceled',
      6_000,
    )
    worker.process.kill('SIGTERM')
    expect((await worker.ended).code).toBe(0)
  })
})
