import { describe, expect, it } from 'vitest'
import { LedgerError } from '../../lib/run/errors.ts'
import { deliver } from '../../lib/spool/deliver.ts'
import { livePatience } from '../../lib/spool/live-patience.ts'
import type { SpoolVerbs } from '../../lib/spool/spool-verbs.ts'
import { until } from '../support/cli.ts'
import { manyLines, newStart, SUCCESS, useSpools } from './support/use-spool.ts'

describe('the delivery of a run', () => {
  const open = useSpools()

  it('that goes on sends no more at once than it is told to; after the end it sends all that is left', async () => {
    const { ledger, spool } = await open()
    const start = newStart()
    const run = spool.begin({ start })
    const chunks: { bytes: number; hasEnded: boolean }[] = []
    let hasEnded = false
    const verbs: SpoolVerbs = {
      ...ledger.verbs,
      appendLog: (input) => {
        chunks.push({ bytes: input.bytes.length, hasEnded })
        return ledger.verbs.appendLog(input)
      },
    }
    const LIMIT = 100_000
    const delivery = deliver(run, { open: async () => verbs, liveBytesPerSecond: LIMIT, patienceMs: 0 })
    const log = manyLines(start.id, 5_000_000)
    run.write(log)
    await until(() => chunks.length >= 2, 'the second chunk')
    hasEnded = true
    await run.end(SUCCESS)
    expect(await delivery).toMatchObject({ result: 'delivered', bytes: log.length })
    expect(await ledger.log(start.id)).toBe(log.toString())
    const live = chunks.filter((chunk) => !chunk.hasEnded)
    expect(live.length).toBeGreaterThan(1)
    for (const { bytes } of live) expect(bytes).toBeLessThanOrEqual(LIMIT)
    expect(Math.max(...chunks.map(({ bytes }) => bytes))).toBeGreaterThan(LIMIT)
  })

  it('that waits for its ledger is taken up at once when there is a hurry', async () => {
    const { ledger, spool } = await open()
    const run = spool.begin({ start: newStart() })
    const hurry = new AbortController()
    let tries = 0
    const delivery = deliver(run, {
      open: async () => {
        if (++tries < 2) throw new LedgerError('unavailable', 'cannot reach it')
        return ledger.verbs
      },
      hurry: hurry.signal,
      pauseMs: { first: 3_600_000, longest: 3_600_000 },
      onTrouble: () => setTimeout(() => hurry.abort(), 20),
    })
    await run.end(SUCCESS)
    expect((await delivery).result).toBe('delivered')
  })

  it('that goes on for long makes fewer chunks: one a second at first, in the end one in five', () => {
    const after = [0, 99, 100, 250, 400, 100_000]
    expect(after.map((chunks) => livePatience(1_000, chunks))).toEqual([
      1_000, 1_000, 2_000, 3_000, 5_000, 5_000,
    ])
  })
})
