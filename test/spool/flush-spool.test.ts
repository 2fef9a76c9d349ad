import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LedgerError } from '../../lib/run/errors.ts'
import { flushSpool } from '../../lib/spool/flush-spool.ts'
import { openSpool } from '../../lib/spool/open-spool.ts'
import { linesOf, newStart, now, SUCCESS, type TestSpool, useSpools } from './support/use-spool.ts'

describe('a flush', () => {
  const open = useSpools()

  it('of a home without a spool has nothing to do, and opens no ledger', async () => {
    const { home } = await open()
    const opens = async () => {
      throw new Error('opened')
    }
    expect(await flushSpool({ home, open: opens, now })).toEqual(NOTHING)
    await mkdir(join(home, 'spool'))
    expect(await flushSpool({ home, open: opens, now })).toEqual(NOTHING)
  })

  it('delivers the oldest run first, and tells of each', async () => {
    const spool = await open()
    const ids = [await leave(spool), await leave(spool), await leave(spool)]
    const told: string[] = []
    const progress: object[] = []
    const flushed = await flushSpool({
      home: spool.home,
      open: spool.ledger.open,
      now,
      onDelivery: ({ id }) => told.push(id),
      onProgress: (step) => progress.push(step),
    })
    expect(told).toEqual([...ids].sort())
    expect(flushed.delivered.map(({ id }) => id)).toEqual(told)
    const bytes = linesOf(told[0] as string, 'said').length
    expect(progress[0]).toEqual({ id: told[0], sentBytes: bytes, bytes })
  })

  it('leaves all to wait while the ledger is away, and asks it for the first alone', async () => {
    const spool = await open()
    const { home, ledger } = spool
    const ids = [await leave(spool), await leave(spool)].sort()
    let asked = 0
    const away = async () => {
      asked++
      throw new LedgerError('unavailable', 'cannot reach it')
    }
    const flushed = await flushSpool({ home, open: away, now, pauseMs: { first: 1, longest: 1 } })
    expect(flushed).toMatchObject({
      delivered: [],
      waiting: ids.map((id) => ({ id, why: 'cannot reach it' })),
    })
    expect(asked).toBe(3)
    expect((await flushSpool({ home, open: ledger.open, now })).delivered).toHaveLength(2)
  })

  it('goes on past a run that only waits for itself', async () => {
    const spool = await open()
    const { home, ledger } = spool
    const ids = [await leave(spool), await leave(spool)].sort()
    const verbs = {
      ...ledger.verbs,
      startRun: async (input: Parameters<typeof ledger.verbs.startRun>[0]) => {
        if (input.id === ids[0]) throw new TypeError('a mistake of ours')
        return await ledger.verbs.startRun(input)
      },
    }
    const flushed = await flushSpool({
      home,
      open: async () => ({ verbs, place: ledger.place }),
      now,
      pauseMs: { first: 1, longest: 1 },
    })
    expect(flushed).toMatchObject({ waiting: [{ id: ids[0] }], delivered: [{ id: ids[1] }] })
  })

  it('leaves alone what belongs to another ledger', async () => {
    const { home, ledger } = await open()
    const spool = openSpool({ home, place: 'https://elsewhere.test', now, onFull: () => {} })
    const id = await leave({ spool })
    expect((await flushSpool({ home, open: ledger.open, now })).waiting).toMatchObject([
      { id, why: `it belongs to https://elsewhere.test, and this is ${ledger.place}` },
    ])
    expect(await readdir(join(home, 'spool'))).toEqual([id])
  })

  it('leaves a newer version’s folder as it is, and says so', async () => {
    const spool = await open()
    const { home, ledger } = spool
    const id = await leave(spool)
    const folder = join(home, 'spool', id)
    await writeFile(join(folder, 'run.json'), '{"version": 2, "something": "else"}')
    const before = await readdir(folder)
    expect((await flushSpool({ home, open: ledger.open, now })).waiting).toMatchObject([
      { id, why: 'a newer runledger left it; only such a one can send it' },
    ])
    expect(await readdir(folder)).toEqual(before)
  })

  it.each(['', '{', 'null', '{"version":1}'])('puts a folder aside whose run.json is %j', async (torn) => {
    const spool = await open()
    const { home, ledger } = spool
    const id = await leave(spool)
    await writeFile(join(home, 'spool', id, 'run.json'), torn)
    const folder = join(home, 'spool', 'refused', id)
    expect((await flushSpool({ home, open: ledger.open, now })).refused).toEqual([
      { id, result: 'refused', why: 'its run.json is torn', folder },
    ])
    expect(await readFile(join(folder, 'why.txt'), 'utf8')).toBe('its run.json is torn\n')
    expect(await readFile(join(folder, 'log'), 'utf8')).toContain('said')
    expect(await flushSpool({ home, open: ledger.open, now })).toEqual(NOTHING)
  })

  it('tells a run as failed whose end.json is torn', async () => {
    const spool = await open()
    const { home, ledger } = spool
    const id = await leave(spool)
    await writeFile(join(home, 'spool', id, 'end.json'), '{"version":1,"end":{"met')
    expect((await flushSpool({ home, open: ledger.open, now })).delivered).toHaveLength(1)
    const run = await ledger.run(id)
    expect(run).toMatchObject({ state: 'failed', error: expect.stringContaining('is not known') })
    expect(await ledger.log(id)).toContain('said')
  })

  it('delivers a run without a log', async () => {
    const spool = await open()
    const { home, ledger } = spool
    const id = await leave(spool)
    await rm(join(home, 'spool', id, 'log'))
    expect((await flushSpool({ home, open: ledger.open, now })).delivered).toHaveLength(1)
    expect(await ledger.log(id)).toBe('')
  })

  it('removes what a killed process was making or removing, but not what may still be in the making', async () => {
    const { home, ledger } = await open()
    const spool = join(home, 'spool')
    const { id } = newStart()
    for (const name of [`.new-${id}`, `.new-${id}.2`, `.gone-${id}-1`, 'a folder of somebody else'])
      await mkdir(join(spool, name), { recursive: true })
    const longAgo = new Date(Date.now() - 86_400_000)
    await utimes(join(spool, `.new-${id}.2`), longAgo, longAgo)
    expect(await flushSpool({ home, open: ledger.open, now })).toEqual(NOTHING)
    expect((await readdir(spool)).sort()).toEqual([`.new-${id}`, 'a folder of somebody else'])
  })
})

const NOTHING = { delivered: [], waiting: [], lost: [], refused: [] }

/** A run that has ended and was not delivered. */
async function leave({ spool }: Pick<TestSpool, 'spool'>): Promise<string> {
  const start = newStart()
  const run = spool.begin({ start })
  run.write(linesOf(start.id, 'said'))
  await run.end(SUCCESS)
  await run.abandon()
  return start.id
}
