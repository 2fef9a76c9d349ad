import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { compactLog } from '../../../lib/ledger/logs/compact-log.ts'
import { compactLogs } from '../../../lib/ledger/logs/compact-logs.ts'
import { failRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { retryRun } from '../../../lib/ledger/runs/retry-run.ts'
import { sweepLost } from '../../../lib/ledger/runs/sweep-lost.ts'
import type { Context } from '../../../lib/ports/context.ts'
import { ENGINES, type TestLedger, useLedger } from '../../support/open-ledger.ts'
import { claimed, stored } from '../steps.ts'
import { compact, keysOf, logOf, Writer, writing } from './steps.ts'

const LARGE = 'a line of a log that is large enough to be compressed\n'.repeat(3_000)

describe.each(ENGINES)('one object of a log on $name', (engine) => {
  const at = useLedger(engine)

  it('takes the place of its chunks, by source 000’s name', async () => {
    const ledger = at()
    const { writer, id, person } = await writing(ledger)
    await writer.write('one\n')
    await writer.write('two\n')
    await writer.succeed(8)
    await compact(ledger, id)
    const run = await stored(ledger, id)
    expect(run.logFile).toBe(`logs/${run.scriptId}-${Date.parse(run.createdAt)}-${id}.log`)
    expect(await keysOf(ledger, id)).toEqual([run.logFile])
    expect(await ledger.store.logs.chunks(id, 0, 10)).toEqual([])
    expect(await logOf(person, id)).toBe('one\ntwo\n')
  })

  it('is compressed above 64 KB, as one member', async () => {
    const ledger = at()
    const { writer, id, person } = await writing(ledger)
    await writer.write(LARGE)
    await writer.write(LARGE)
    await writer.succeed()
    await compact(ledger, id)
    const { logFile } = await stored(ledger, id)
    expect(logFile).toMatch(/\.log\.gz$/)
    const object = await ledger.ports.objects.get(logFile ?? '')
    expect(gunzipSync(await new Response(object?.body).bytes()).toString()).toBe(LARGE + LARGE)
    expect(await logOf(person, id)).toBe(LARGE + LARGE)
  })

  it('is made by the tick of every run that has ended, and of none that goes on', async () => {
    const ledger = at()
    const ended = await writing(ledger)
    await ended.writer.write('done\n')
    await ended.writer.succeed()
    const going = await writing(ledger)
    await going.writer.write('going\n')
    await compactLogs(ledger.as(), Number.POSITIVE_INFINITY)
    expect((await stored(ledger, ended.id)).logFile).not.toBeNull()
    expect((await stored(ledger, going.id)).logFile).toBeNull()
  })

  it('waits for the holder of a lost run, and not for ever', async () => {
    const ledger = at()
    const { writer, id, person } = await writing(ledger)
    await writer.write('one\n')
    await ledger.shift([id], 'leaseExpiresAt', -100)
    await sweepLost(ledger.as())
    await compactLogs(ledger.as(), Number.POSITIVE_INFINITY)
    expect((await stored(ledger, id)).logFile).toBeNull()
    await ledger.shift([id], 'finishedAt', -100_000)
    await compactLogs(ledger.as(), Number.POSITIVE_INFINITY)
    expect((await stored(ledger, id)).logFile).not.toBeNull()
    await writer.write('two\n')
    await writer.succeed(8)
    await compact(ledger, id)
    expect(await logOf(person, id)).toBe('one\ntwo\n')
  })

  it('says what its holder spoke of and never sent, once', async () => {
    const ledger = at()
    const { writer, id, person } = await writing(ledger)
    await writer.write('one\n')
    await writer.succeed(100)
    await compact(ledger, id)
    await compact(ledger, id)
    expect(await logOf(person, id)).toBe('one\n[runledger: the last 96 bytes of this log never arrived]\n')
  })

  it('is made anew when the run is tried again, the first attempt before the second', async () => {
    const ledger = at()
    const { writer, id, person, worker } = await writing(ledger)
    await writer.write('first\n')
    await failRun(worker, { leaseToken: writer.leaseToken, error: 'no' })
    await compact(ledger, id)
    const small = (await stored(ledger, id)).logFile
    await retryRun(person, { id })
    const again = new Writer(worker, { id, ...(await claimed(worker)) })
    await again.write(LARGE)
    expect(await logOf(person, id)).toBe(`first\n${LARGE}`)
    await again.succeed()
    await compact(ledger, id)
    const { logFile } = await stored(ledger, id)
    expect(logFile).toBe(small?.replace('.log', `~${6 + LARGE.length}.log.gz`))
    expect(await keysOf(ledger, id)).toEqual([logFile])
    expect(await logOf(person, id)).toBe(`first\n${LARGE}`)
  })

  it('comes out the same wherever it was killed before', async () => {
    const ledger = at()
    for (let step = 1; step <= 20; step++) {
      const { writer, id, person } = await writing(ledger)
      for (let n = 0; n < 3; n++) await writer.write(LARGE)
      await writer.succeed()
      const killed = dyingAt(ledger, step)
      const isKilled = await compactLog(killed, id).then(
        () => false,
        () => true,
      )
      expect(await logOf(person, id)).toBe(LARGE.repeat(3))
      await compact(ledger, id)
      expect(await logOf(person, id)).toBe(LARGE.repeat(3))
      expect(await keysOf(ledger, id)).toEqual([(await stored(ledger, id)).logFile])
      expect(await ledger.store.logs.chunks(id, 0, 10)).toEqual([])
      if (!isKilled) {
        expect(step).toBeGreaterThan(8)
        return
      }
    }
    throw new Error('it has more steps than this test takes')
  })

  it('is made once by four at once', async () => {
    const ledger = at()
    const { writer, id, person } = await writing(ledger)
    for (let n = 0; n < 5; n++) await writer.write(LARGE)
    await writer.succeed()
    await Promise.allSettled(Array.from({ length: 4 }, () => compact(ledger, id)))
    await compact(ledger, id)
    expect(await logOf(person, id)).toBe(LARGE.repeat(5))
    expect(await keysOf(ledger, id)).toEqual([(await stored(ledger, id)).logFile])
  })

  it('is never written over by a compaction that comes late, nor removed by one', async () => {
    const ledger = at()
    const { writer, id, person } = await writing(ledger)
    await writer.write('one\n')
    await ledger.shift([id], 'leaseExpiresAt', -100)
    await sweepLost(ledger.as())
    const steps = dyingAt(ledger, Number.POSITIVE_INFINITY)
    const held = Promise.withResolvers<void>()
    const reached = Promise.withResolvers<void>()
    const put: Context['objects']['put'] = async (...given) => {
      reached.resolve()
      await held.promise
      return await ledger.ports.objects.put(...given)
    }
    const late = compactLog({ ...steps, objects: { ...ledger.ports.objects, put } }, id)
    await reached.promise
    await writer.write(LARGE)
    await writer.succeed()
    await compact(ledger, id)
    held.resolve()
    await late
    expect(await logOf(person, id)).toBe(`one\n${LARGE}`)
    await compact(ledger, id)
    expect(await logOf(person, id)).toBe(`one\n${LARGE}`)
  })

  it('is not trusted before it was read back', async () => {
    const ledger = at()
    const { writer, id, person } = await writing(ledger)
    await writer.write('as it was\n')
    await writer.succeed()
    const { objects } = ledger.ports
    const lying: Context = {
      ...ledger.as(),
      objects: {
        ...objects,
        put: (key, _body, options) => objects.put(key, Buffer.from('as it is!\n'), options),
      },
    }
    await expect(compactLog(lying, id)).rejects.toThrow(/not as it was written; its chunks are kept/)
    expect((await stored(ledger, id)).logFile).toBeNull()
    expect(await logOf(person, id)).toBe('as it was\n')
  })

  it('leaves nothing behind of chunks that were never recorded', async () => {
    const ledger = at()
    const { writer, id } = await writing(ledger)
    await writer.write('one\n')
    await ledger.ports.objects.put(`logs/${id}/1/live/000000000000004-0badcafe.log.gz`, Buffer.from('stray'))
    await writer.succeed()
    await compact(ledger, id)
    expect(await keysOf(ledger, id)).toEqual([(await stored(ledger, id)).logFile])
  })
})

/** A context whose process dies before the `step`th call to a store. */
function dyingAt(ledger: TestLedger, step: number): Context {
  let left = step
  const dying = <T extends object>(store: T): T =>
    new Proxy(store, {
      get(target, name) {
        const value = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return (...given: unknown[]) => {
          if (--left <= 0) throw new Error('killed here')
          return value.apply(target, given)
        }
      },
    })
  const { ports } = ledger
  return { ...ledger.as(), objects: dying(ports.objects), logs: dying(ports.logs), runs: dying(ports.runs) }
}
