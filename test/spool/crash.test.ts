import { cp, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import { flushSpool } from '../../lib/spool/flush-spool.ts'
import { until } from '../support/cli.ts'
import { startFixture } from './support/run-fixture.ts'
import { manyLines, newStart, now, SUCCESS, type TestSpool, useSpools } from './support/use-spool.ts'

const WRITERS = 6

describe('a writer that is killed', () => {
  const open = useSpools()

  it('at any moment leaves a log that is delivered as far as it reached the disk', {
    timeout: 180_000,
  }, async () => {
    for (let n = 0; n < WRITERS; n++) {
      const { home, ledger } = await open()
      const id = ulid()
      const { child, ended } = startFixture('writer.ts', [home, ledger.place, id])
      const log = join(home, 'spool', id, 'log')
      const enough = Math.floor(Math.random() * 20_000_000)
      await until(async () => (await stat(log).catch(() => ({ size: -1 }))).size >= enough, 'the log')
      child.kill('SIGKILL')
      await ended
      const kept = await readFile(log)
      expect((await flushSpool({ home, open: ledger.open, now })).delivered).toHaveLength(1)
      const delivered = await ledger.log(id)
      const whole = kept.lastIndexOf('\n') + 1
      expect(delivered.startsWith(kept.toString('latin1', 0, whole))).toBe(true)
      const texts = delivered.split('\n').slice(0, -1)
      const strange = texts.findIndex((line, at) => !isLine(line, at, at === texts.length - 1))
      expect({ strange, line: texts[strange] }).toEqual({ strange: -1, line: undefined })
      const run = await ledger.run(id)
      expect(run).toMatchObject({ state: 'failed', error: expect.stringContaining('is not known') })
      expect(await readdir(join(home, 'spool'))).toEqual([])
    }
  })

  it('is left alone as long as it lives', { timeout: 60_000 }, async () => {
    const { home, ledger } = await open()
    const id = ulid()
    const { child, ended } = startFixture('writer.ts', [home, ledger.place, id])
    await until(() => stat(join(home, 'spool', id)).catch(() => null), 'the folder')
    const nothing = { delivered: [], waiting: [], lost: [], refused: [] }
    expect(await flushSpool({ home, open: ledger.open, now })).toEqual(nothing)
    child.kill('SIGKILL')
    await ended
    expect((await flushSpool({ home, open: ledger.open, now })).delivered).toHaveLength(1)
  })

  it('within a line leaves a piece, and nothing of a line of which there is no more than a prefix', async () => {
    const { home, ledger, spool } = await open()
    const start = newStart()
    const run = spool.begin({ start })
    const line = manyLines(start.id, 1).subarray(0, 146)
    const cut = line.subarray(0, 100)
    run.write(Buffer.concat([line, cut]))
    await run.abandon()
    const other = newStart()
    const short = spool.begin({ start: other })
    short.write(line.subarray(0, 50))
    await short.abandon()
    expect((await flushSpool({ home, open: ledger.open, now })).delivered).toHaveLength(2)
    expect(await ledger.log(start.id)).toBe(
      `${line}${cut.toString().replace(`${start.id}: `, `${start.id}~ `)}\n`,
    )
    expect(await ledger.log(other.id)).toBe('')
  })
})

/** Whether this is the nth of the writer's lines, or, the last one, the beginning of it. */
function isLine(line: string, n: number, isLast: boolean): boolean {
  const text = line.slice(55)
  return text === `line ${n}` || (isLast && line[53] === '~' && `line ${n}`.startsWith(text))
}

describe('a sender that is killed', () => {
  const open = useSpools()

  it('at any step is followed by one that makes the log and the end whole, once', {
    timeout: 300_000,
  }, async () => {
    for (let step = 1; ; step++) {
      const spool = await open()
      const { id, bytes } = await leave(spool)
      const { home, ledger } = spool
      const { signal, stderr } = await startFixture('flusher.ts', [home, ledger.place, String(step)]).ended
      expect(stderr.replaceAll(/^.*Warning.*$|^\(Use .*$/gm, '').trim()).toBe('')
      const flushed = await flushSpool({ home, open: ledger.open, now })
      expect(flushed.delivered).toHaveLength(signal === null ? 0 : 1)
      expect(await ledger.log(id)).toBe(bytes.toString())
      expect(await ledger.events(id)).toEqual(['run.started', 'run.succeeded'])
      expect(await readdir(join(home, 'spool'))).toEqual([])
      if (signal === null) {
        expect(step).toBeGreaterThan(10)
        break
      }
    }
  })

  it('whose folder is put back after it was delivered doubles nothing', async () => {
    const spool = await open()
    const { home, ledger } = spool
    const { id, bytes } = await leave(spool)
    const copy = join(home, 'copy', id)
    await cp(join(home, 'spool', id), copy, { recursive: true })
    expect((await flushSpool({ home, open: ledger.open, now })).delivered).toHaveLength(1)
    await cp(copy, join(home, 'spool', id), { recursive: true })
    expect((await flushSpool({ home, open: ledger.open, now })).delivered).toHaveLength(1)
    expect(await ledger.log(id)).toBe(bytes.toString())
    expect(await ledger.events(id)).toEqual(['run.started', 'run.succeeded'])
  })
})

describe('several flushes at once', () => {
  const open = useSpools()

  it('deliver each run once between them', { timeout: 120_000 }, async () => {
    const spool = await open()
    const { home, ledger } = spool
    const left = await Promise.all(Array.from({ length: 12 }, () => leave(spool, 50_000)))
    const children = [1, 2].map(() => startFixture('flusher.ts', [home, ledger.place]))
    const ours = await Promise.all([1, 2].map(() => flushSpool({ home, open: ledger.open, now })))
    const theirs = await Promise.all(children.map(async ({ ended }) => JSON.parse((await ended).stdout)))
    const all = [...ours, ...theirs].flatMap(({ delivered }) => delivered.map(({ id }: { id: string }) => id))
    expect(all.sort()).toEqual(left.map(({ id }) => id).sort())
    for (const { id, bytes } of left) {
      expect(await ledger.log(id)).toBe(bytes.toString())
      expect(await ledger.events(id)).toEqual(['run.started', 'run.succeeded'])
    }
    expect(await readdir(join(home, 'spool'))).toEqual([])
  })
})

/** A run that has ended and was not delivered. */
async function leave({ spool }: TestSpool, size = 7_000_000): Promise<{ id: string; bytes: Buffer }> {
  const start = newStart()
  const run = spool.begin({ start })
  const bytes = manyLines(start.id, size)
  run.write(bytes)
  await run.end(SUCCESS)
  await run.abandon()
  return { id: start.id, bytes }
}
