import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import { deliver } from '../../lib/spool/deliver.ts'
import { flushSpool } from '../../lib/spool/flush-spool.ts'
import { openSpool } from '../../lib/spool/open-spool.ts'
import { startFixture } from './support/run-fixture.ts'
import { linesOf, newStart, now, SUCCESS, useSpools } from './support/use-spool.ts'

/** What stands before a line. */
const PREFIX = 55
const LIMIT_KB = 64

describe('a disk without room', () => {
  const open = useSpools()

  /** Writes lines of these lengths where a file may have 64 KB, and delivers them; the log as lengths and marks. */
  async function write(lengths: number[]) {
    const { home, ledger } = await open()
    const id = ulid()
    const args = [home, ledger.place, id, JSON.stringify(lengths)]
    const { stdout, stderr } = await startFixture('small-disk.ts', args, LIMIT_KB).ended
    expect(stderr).not.toContain('Error')
    const file = await readFile(join(home, 'spool', id, 'log'), 'utf8')
    expect((await flushSpool({ home, open: ledger.open, now })).delivered).toHaveLength(1)
    expect((await ledger.run(id)).state).toBe('succeeded')
    const read = (log: string) =>
      log
        .split('\n')
        .slice(0, -1)
        .map((line) => line.slice(PREFIX))
        .map((text) => (text.startsWith('x') ? text.length : text))
    return { told: JSON.parse(stdout), file: read(file), log: read(await ledger.log(id)) }
  }

  it('is said once, and a line in the log tells what is missing, where there is room again', async () => {
    const { told, file, log } = await write([40_000, 40_000, 30_000, 500, 600])
    expect(told).toEqual(['the file may not grow any more'])
    const lost = 40_000 + 30_000 + 2 * (PREFIX + 1)
    const mark = `[runledger: ${lost} bytes of the log are missing here: the file may not grow any more]`
    expect(file).toEqual([40_000, mark, 500, 600])
    expect(log).toEqual(file)
  })

  it('keeps the whole lines that it has room for, and what is missing at the end is told at the end', async () => {
    const { told, file, log } = await write([40_000, 25_000, 40_000])
    expect(told).toHaveLength(1)
    expect(file).toEqual([40_000, 25_000, expect.stringContaining('40056 bytes of the log are missing here')])
    expect(log).toEqual(file)
  })

  it('that has not even room for those words has them delivered from beside the log', async () => {
    const { file, log } = await write([LIMIT_KB * 1024 - PREFIX - 1 - 20, 10_000])
    expect(file).toHaveLength(1)
    expect(log).toEqual([...file, expect.stringContaining('10056 bytes of the log are missing here')])
  })
})

describe('a spool that cannot be made', () => {
  const open = useSpools()

  it('is said once; the run is delivered without its log, from memory', async () => {
    const { home, ledger } = await open()
    const file = join(home, 'a file')
    await writeFile(file, '')
    const told: string[] = []
    const spool = openSpool({
      home: file,
      place: ledger.place,
      now,
      onFull: (_, reason) => told.push(reason),
    })
    const start = newStart()
    const run = spool.begin({ start })
    const lines = linesOf(start.id, 'unheard')
    for (let n = 0; n < 3; n++) if (!run.write(lines)) await run.drained()
    await run.end(SUCCESS)
    expect((await deliver(run, { open: async () => ledger.verbs })).result).toBe('delivered')
    expect(told).toEqual([expect.stringContaining('ENOTDIR')])
    expect(await ledger.log(start.id)).toContain(`${lines.length * 3} bytes of the log are missing here`)
    expect((await ledger.run(start.id)).state).toBe('succeeded')
    await run.abandon()
  })

  it('harms no script that prints nothing, even when the one who is told of it fails', async () => {
    const { home, ledger } = await open()
    const file = join(home, 'a file')
    await writeFile(file, '')
    const told = Promise.withResolvers<string>()
    const onFull = (_: string, reason: string) => {
      told.resolve(reason)
      throw new Error('of the listener')
    }
    const run = openSpool({ home: file, place: ledger.place, now, onFull }).begin({ start: newStart() })
    expect(await told.promise).toContain('ENOTDIR')
    // An unhandled rejection would be told, and fail the test, in the next turn of the loop.
    await new Promise((resolve) => setImmediate(resolve))
    await run.end(SUCCESS)
    expect((await deliver(run, { open: async () => ledger.verbs })).result).toBe('delivered')
  })

  it('because the run has a folder already leaves that one as it is', async () => {
    const { home, ledger, spool, full } = await open()
    const start = newStart()
    const first = spool.begin({ start })
    const words = linesOf(start.id, 'of the first')
    first.write(words)
    await first.end(SUCCESS)
    const second = spool.begin({ start })
    second.write(linesOf(start.id, 'of the second'))
    await second.end({ method: 'failRun', report: { error: 'no' } })
    await second.abandon()
    expect(full).toHaveLength(1)
    await first.abandon()
    expect((await flushSpool({ home, open: ledger.open, now })).delivered).toHaveLength(1)
    expect(await ledger.log(start.id)).toBe(words.toString())
  })
})

describe('a burst', () => {
  const open = useSpools()

  it('does not sit in memory: the writer is asked to wait', async () => {
    const { ledger, spool } = await open()
    const start = newStart()
    const run = spool.begin({ start })
    const piece = Buffer.concat(Array.from({ length: 1_000 }, (_, n) => linesOf(start.id, `line ${n}`)))
    let isTold = false
    let unwritten = 0
    for (let n = 0; n < 500; n++) {
      unwritten += piece.length
      if (run.write(piece)) continue
      isTold = true
      expect(unwritten).toBeLessThan(8_000_000)
      await run.drained()
      unwritten = 0
    }
    expect(isTold).toBe(true)
    await run.end(SUCCESS)
    expect(run.log.length).toBe(500 * piece.length)
    expect((await deliver(run, { open: async () => ledger.verbs })).result).toBe('delivered')
  })
})
