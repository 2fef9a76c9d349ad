import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cancelRun } from '../../lib/ledger/runs/cancel-run.ts'
import { claimRuns } from '../../lib/ledger/runs/claim-runs.ts'
import { enqueueRun } from '../../lib/ledger/runs/enqueue-run.ts'
import { sweepLost } from '../../lib/ledger/runs/sweep-lost.ts'
import { LedgerError } from '../../lib/run/errors.ts'
import { deliver } from '../../lib/spool/deliver.ts'
import { flushSpool } from '../../lib/spool/flush-spool.ts'
import type { RunSpool } from '../../lib/spool/run-spool.ts'
import type { SpoolVerbs } from '../../lib/spool/spool-verbs.ts'
import { until } from '../support/cli.ts'
import { openTestLedger, type TestLedger } from './support/ledger.ts'
import { linesOf, manyLines, newStart, now, SUCCESS, useSpools } from './support/use-spool.ts'

const pauseMs = { first: 1, longest: 5 }
const away = async () => {
  throw new LedgerError('unavailable', 'cannot reach it')
}

describe('a run in the spool', () => {
  const open = useSpools()

  it('is delivered while it runs: its lines before its end, its end after its last line', async () => {
    const { home, ledger, spool } = await open()
    const start = newStart()
    const run = spool.begin({ start })
    const delivery = deliver(run, { open: async () => ledger.verbs, patienceMs: 0 })
    const first = linesOf(start.id, 'one')
    run.write(first)
    await until(async () => (await ledger.log(start.id).catch(() => '')) === first.toString(), 'the line')
    expect((await ledger.run(start.id)).state).toBe('running')
    const last = linesOf(start.id, 'two', '\u001b[31mthree\u001b[0m')
    run.write(last)
    await run.end({ method: 'failRun', report: { error: 'exit code 3', exitCode: 3 } })
    expect(await delivery).toEqual({
      id: start.id,
      result: 'delivered',
      bytes: first.length + last.length,
    })
    expect(await ledger.log(start.id)).toBe(`${first}${last}`)
    expect(await ledger.run(start.id)).toMatchObject({ state: 'failed', error: 'exit code 3', exitCode: 3 })
    expect((await ledger.ctx.logs.state(start.id))?.finalOffset).toBe(first.length + last.length)
    expect(await readdir(join(home, 'spool'))).toEqual([])
  })

  it('is kept for its owner alone', async () => {
    const { home, spool } = await open()
    const start = newStart()
    const run = spool.begin({ start })
    await run.end(SUCCESS)
    const folder = join(home, 'spool', start.id)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    for (const name of await readdir(folder)) expect((await stat(join(folder, name))).mode & 0o077).toBe(0)
    await run.abandon()
  })

  it('waits for a ledger that is away, and goes on where it was', async () => {
    const { ledger, spool } = await open()
    const start = newStart()
    const run = spool.begin({ start })
    const bytes = manyLines(start.id, 7_000_000)
    run.write(bytes)
    await run.end(SUCCESS)
    let calls = 0
    const troubles: unknown[] = []
    // The first try of every call is lost on its way there, the second on its way back.
    const flaky = everyCall(ledger.verbs, async (work) => {
      const turn = ++calls % 3
      if (turn === 1) return await away()
      const answer = await work()
      return turn === 2 ? await away() : answer
    })
    const delivery = await deliver(run, {
      open: async () => flaky,
      pauseMs,
      onTrouble: (e) => troubles.push(e),
    })
    expect(delivery.result).toBe('delivered')
    expect(await ledger.log(start.id)).toBe(bytes.toString())
    expect(await ledger.events(start.id)).toEqual(['run.started', 'run.succeeded'])
    expect(troubles.length).toBeGreaterThan(5)
  })

  it('stops when it is told to, and is flushed later', async () => {
    const { home, ledger, spool } = await open()
    const start = newStart()
    const run = spool.begin({ start })
    run.write(linesOf(start.id, 'before'))
    const stop = new AbortController()
    const delivery = deliver(run, { open: away, pauseMs, signal: stop.signal })
    await run.end(SUCCESS)
    stop.abort()
    expect(await delivery).toMatchObject({ result: 'waiting', isForAll: true })
    expect(await flushSpool({ home, open: ledger.open, now })).toMatchObject({ delivered: [], waiting: [] })
    await run.abandon()
    expect(await flushSpool({ home, open: ledger.open, now })).toMatchObject({
      delivered: [{ id: start.id }],
    })
    expect((await ledger.run(start.id)).state).toBe('succeeded')
  })

  it('that was called lost meanwhile is told whole all the same', async () => {
    const { home, ledger, spool } = await open()
    const start = newStart()
    const run = spool.begin({ start })
    const first = linesOf(start.id, 'before the cut')
    run.write(first)
    const stop = new AbortController()
    const delivery = deliver(run, { open: async () => ledger.verbs, patienceMs: 0, signal: stop.signal })
    await until(async () => (await ledger.log(start.id).catch(() => '')) !== '', 'the line')
    stop.abort()
    await delivery
    await ledger.expire(start.id)
    await sweepLost(ledger.ctx)
    expect(await ledger.run(start.id)).toMatchObject({ state: 'failed', errorCode: 'lost' })
    const last = linesOf(start.id, 'after it')
    run.write(last)
    await run.end(SUCCESS)
    await run.abandon()
    // Without the token, too: the start is repeated, and answered with one that is good.
    await rm(join(home, 'spool', start.id, 'sent.json'))
    expect((await flushSpool({ home, open: ledger.open, now })).delivered).toHaveLength(1)
    expect(await ledger.log(start.id)).toBe(`${first}${last}`)
    expect(await ledger.run(start.id)).toMatchObject({ state: 'succeeded', errorCode: null })
    expect(await ledger.events(start.id)).toContain('run.recovered')
  })

  it('that was over before the ledger heard of it cannot time out while it is delivered', async () => {
    const { ledger, spool } = await open()
    const startedAt = new Date(Date.now() - 7_200_000).toISOString()
    const start = { ...newStart(), startedAt, timeoutSeconds: 60 }
    const run = spool.begin({ start })
    run.write(linesOf(start.id, 'long ago'))
    await run.end(SUCCESS)
    const sweeping = everyCall(ledger.verbs, async (work) => {
      await sweepLost(ledger.ctx)
      return await work()
    })
    expect((await deliver(run, { open: async () => sweeping })).result).toBe('delivered')
    expect(await ledger.run(start.id)).toMatchObject({ state: 'succeeded', startedAt })
  })

  it('that somebody canceled while it was cut off stays canceled, with all that it printed', async () => {
    const { ledger, spool } = await open()
    const start = newStart()
    const run = spool.begin({ start })
    await ledger.verbs.startRun(start)
    await cancelRun(ledger.ctx, { id: start.id })
    await ledger.expire(start.id)
    await sweepLost(ledger.ctx)
    const lines = linesOf(start.id, 'too late')
    run.write(lines)
    await run.end(SUCCESS)
    const delivery = await deliver(run, { open: async () => ledger.verbs })
    expect(delivery).toMatchObject({ result: 'lost', folder: null })
    expect((await ledger.run(start.id)).state).toBe('canceled')
    expect(await ledger.log(start.id)).toBe(lines.toString())
  })

  it('that another worker has by now keeps what that one says', async () => {
    const { ledger, spool } = await open()
    const { claimed, run } = await claim(ledger, spool.begin)
    run.write(linesOf(claimed.id, 'of the first'))
    await ledger.expire(claimed.id)
    await sweepLost(ledger.ctx)
    await ledger.ctx.runs.move([
      { id: claimed.id, from: ['queued'], patch: { runAt: 'now' }, events: [], actor: 't' },
    ])
    const second = await claim(ledger, spool.begin, claimed.id)
    const words = linesOf(claimed.id, 'of the second')
    second.run.write(words)
    await run.end(SUCCESS)
    expect((await deliver(run, { open: async () => ledger.verbs })).result).toBe('lost')
    expect(await ledger.run(claimed.id)).toMatchObject({ state: 'running', fence: 2 })
    await second.run.end({ method: 'failRun', report: { error: 'exit code 1', retryable: false } })
    expect((await deliver(second.run, { open: async () => ledger.verbs })).result).toBe('delivered')
    expect(await ledger.log(claimed.id)).toBe(words.toString())
    expect((await ledger.run(claimed.id)).state).toBe('failed')
  })

  it.each(['', '{"version":1,"leaseTok', '{"version":1}'])(
    'is sent once though sent.json is %j',
    async (torn) => {
      const { home, ledger, spool } = await open()
      const start = newStart()
      const { run, bytes } = await half(ledger, spool.begin, start)
      await writeFile(join(home, 'spool', start.id, 'sent.json'), torn)
      await run.end(SUCCESS)
      await run.abandon()
      expect((await flushSpool({ home, open: ledger.open, now })).delivered).toHaveLength(1)
      expect(await ledger.log(start.id)).toBe(bytes.toString())
    },
  )

  it('is sent again to a ledger that was set back', async () => {
    const { home, ledger, spool } = await open()
    const start = newStart()
    const { run, bytes } = await half(ledger, spool.begin, start)
    await run.end(SUCCESS)
    await run.saveSent({ offset: bytes.length })
    await run.abandon()
    await ledger.raw(`UPDATE runs SET "nextLogOffset" = 0, "logBytes" = 0 WHERE id = '${start.id}'`)
    await ledger.raw(`DELETE FROM log_chunks WHERE "runId" = '${start.id}'`)
    expect((await flushSpool({ home, open: ledger.open, now })).delivered).toHaveLength(1)
    expect(await ledger.log(start.id)).toBe(bytes.toString())
  })

  it('of which the power took the end that the ledger has already ends there', async () => {
    const { home, ledger, spool } = await open()
    const start = newStart()
    const { run, bytes } = await half(ledger, spool.begin, start)
    const sentBytes = run.sent.offset
    await run.abandon()
    const folder = join(home, 'spool', start.id)
    await truncate(join(folder, 'log'), 1_000)
    await rm(join(folder, 'sent.json'))
    expect((await flushSpool({ home, open: ledger.open, now })).delivered).toHaveLength(1)
    expect(await ledger.log(start.id)).toBe(bytes.subarray(0, sentBytes).toString())
    expect((await ledger.ctx.logs.state(start.id))?.finalOffset).toBe(sentBytes)
    expect((await ledger.run(start.id)).error).toContain('how it came out is not known')
  })

  it('that has another log in the ledger is refused and put aside', async () => {
    const { home, ledger, spool } = await open()
    const start = newStart()
    const { leaseToken } = await ledger.verbs.startRun(start)
    await ledger.verbs.appendLog({ id: start.id, leaseToken, offset: 0, bytes: linesOf(start.id, 'other') })
    const run = spool.begin({ start })
    run.write(linesOf(start.id, 'ours, which is longer'))
    await run.end(SUCCESS)
    const folder = join(home, 'spool', 'refused', start.id)
    expect(await deliver(run, { open: async () => ledger.verbs })).toMatchObject({
      result: 'refused',
      folder,
    })
    expect((await ledger.run(start.id)).state).toBe('running')
  })

  it('whose id is another run is refused, at its end, and put aside with the reason', async () => {
    const { home, ledger, spool } = await open()
    const start = newStart()
    await ledger.verbs.startRun({ ...start, workerId: 'somebody else' })
    const run = spool.begin({ start })
    const troubles: unknown[] = []
    const delivery = deliver(run, {
      open: async () => ledger.verbs,
      onTrouble: (error) => troubles.push(error),
    })
    await until(() => troubles.length, 'the refusal')
    run.write(linesOf(start.id, 'said after it'))
    await run.end(SUCCESS)
    expect(await delivery).toMatchObject({ result: 'refused' })
    const folder = join(home, 'spool', 'refused', start.id)
    expect(await readFile(join(folder, 'why.txt'), 'utf8')).toContain('belongs to another run')
    expect(await readFile(join(folder, 'log'), 'utf8')).toContain('said after it')
    expect(await readFile(join(folder, 'end.json'), 'utf8')).toContain('succeedRun')
  })

  it('is asked for a new token when the ledger does not know the old one any more', async () => {
    const { home, ledger, spool } = await open()
    const start = newStart()
    const { run, bytes } = await half(ledger, spool.begin, start)
    await run.end(SUCCESS)
    await run.abandon()
    const other = await openTestLedger(ledger.place, 'another secret')
    expect((await flushSpool({ home, open: other.open, now })).delivered).toHaveLength(1)
    expect(await other.log(start.id)).toBe(bytes.toString())
    await other.close()
  })

  it('is sent in smaller pieces where less is taken at once', async () => {
    const { ledger, spool } = await open()
    const start = newStart()
    const run = spool.begin({ start })
    const bytes = manyLines(start.id, 4_000_000)
    run.write(bytes)
    await run.end(SUCCESS)
    const sizes: number[] = []
    const verbs: SpoolVerbs = {
      ...ledger.verbs,
      async appendLog(chunk) {
        if (chunk.bytes.length > 1_000_000)
          throw Object.assign(new LedgerError('unavailable', 'a proxy answers 413'), { httpStatus: 413 })
        sizes.push(chunk.bytes.length)
        return await ledger.verbs.appendLog(chunk)
      },
    }
    expect((await deliver(run, { open: async () => verbs })).result).toBe('delivered')
    expect(await ledger.log(start.id)).toBe(bytes.toString())
    expect(sizes.length).toBeGreaterThan(4)
  })

  it('waits where the key is refused, which is not the run’s fault', async () => {
    const { ledger, spool } = await open()
    const start = newStart()
    const run = spool.begin({ start })
    await run.end(SUCCESS)
    const verbs = everyCall(ledger.verbs, async () => {
      throw new LedgerError('unauthorized', 'this key was revoked')
    })
    expect(await deliver(run, { open: async () => verbs })).toEqual({
      id: start.id,
      result: 'waiting',
      why: 'this key was revoked',
      code: 'unauthorized',
      isForAll: true,
    })
    expect((await deliver(run, { open: async () => ledger.verbs })).result).toBe('delivered')
  })

  it('has its outputs sent before its end, under its lease; without a way to it waits', async () => {
    const { home, ledger, spool } = await open()
    const start = newStart()
    const run = spool.begin({ start })
    await run.end(SUCCESS, { outputs: '/somewhere/out' })
    await run.abandon()
    expect((await flushSpool({ home, open: ledger.open, now })).waiting).toMatchObject([
      { why: 'its outputs cannot be sent from here' },
    ])
    const sent: object[] = []
    const sendOutputs = async ({ id, folder }: { id: string; folder: string }) => {
      sent.push({ folder, state: (await ledger.run(id)).state })
    }
    expect((await flushSpool({ home, open: ledger.open, now, sendOutputs })).delivered).toHaveLength(1)
    expect(sent).toEqual([{ folder: '/somewhere/out', state: 'running' }])
  })
})

/** The same verbs, each call in the hands of `through`. */
function everyCall(verbs: SpoolVerbs, through: (work: () => Promise<never>) => Promise<never>): SpoolVerbs {
  return Object.fromEntries(
    Object.entries(verbs).map(([name, verb]) => [
      name,
      (input: never) => through(() => verb(input) as never),
    ]),
  ) as unknown as SpoolVerbs
}

/** Begins a run of which some of the log, cut as it is while a run goes on, has reached the ledger. */
async function half(
  ledger: TestLedger,
  begin: (run: { start: ReturnType<typeof newStart> }) => RunSpool,
  start: ReturnType<typeof newStart>,
) {
  const run = begin({ start })
  const stop = new AbortController()
  const delivery = deliver(run, { open: async () => ledger.verbs, patienceMs: 0, signal: stop.signal })
  const first = manyLines(start.id, 100_000)
  run.write(first)
  await until(() => run.sent.offset === first.length, 'the first part')
  stop.abort()
  await delivery
  const last = manyLines(start.id, 4_000_000)
  run.write(last)
  return { run, bytes: Buffer.concat([first, last]) }
}

/** A run from the queue, held by us. */
async function claim(
  ledger: TestLedger,
  begin: (run: { claimed: { id: string; fence: number; leaseToken: string } }) => RunSpool,
  again?: string,
) {
  const projectId = 'of-the-queue'
  if (again === undefined) await enqueueRun(ledger.ctx, { kind: 'test.queue', projectId, maxAttempts: 2 })
  const [held] = await claimRuns(ledger.ctx, { workerId: 'w', projectId, limit: 1 })
  if (!held) throw new Error('nothing to claim')
  const { run, leaseToken } = held
  const claimed = { id: run.id, fence: run.fence, leaseToken }
  return { claimed, run: begin({ claimed }) }
}
