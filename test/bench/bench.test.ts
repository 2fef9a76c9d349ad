import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { check, type Sizes } from './bench.ts'
import { type Databases, databasesOn } from './databases.ts'
import { interleave, median, pairedRatio, quantile } from './measure.ts'
import { openPeers } from './peers/open-peers.ts'
import type { Peer } from './peers/peer.ts'
import { toMarkdown, toPage } from './report.ts'
import { isMet, type Table } from './row.ts'
import { runBench } from './run-bench.ts'
import { SCENARIOS } from './scenarios/all.ts'

const LITTLE: Sizes = {
  rounds: 1,
  single: 20,
  batches: 2,
  claims: { 1: 8, 10: 40, 100: 400 },
  firstCalls: 2,
  many: 1_000,
  few: 100,
  latencies: 3,
  starts: 1,
  printedBytes: 1_000_000,
  prints: 1,
  archived: { files: 20, bytes: 1_000_000 },
  archivedInParts: { files: 6, bytes: 30_000_000, passMs: 0 },
}

describe('the bench', () => {
  it.each(SCENARIOS)(
    '$name runs whole, and each contestant does its work',
    { timeout: 120_000 },
    async (scenario) => {
      const said: string[] = []
      const databases = databasesOn(inject('postgresUrl'))
      const bench = { databases, sizes: LITTLE, say: (line: string) => said.push(line) }
      const tables = await runBench(bench, [scenario])
      expect(said.length).toBeGreaterThan(0)
      expect(tables.length).toBeGreaterThan(0)
      for (const { rows } of tables) {
        expect(rows.length).toBeGreaterThan(0)
        for (const { what, figures, verdicts } of rows) {
          expect(what).not.toBe('')
          expect(verdicts.length).toBeGreaterThan(0)
          for (const value of Object.values(figures)) expect(value).toBeGreaterThan(0)
          for (const { value } of verdicts) expect(value).toBeGreaterThan(0)
        }
      }
    },
  )
})

describe('a contestant', () => {
  let databases: Databases
  let opened: Awaited<ReturnType<typeof openPeers>>
  beforeAll(async () => {
    databases = databasesOn(inject('postgresUrl'))
    opened = await openPeers(databases)
  })
  afterAll(async () => {
    await opened.close()
    await databases.drop()
  })
  const names = ['runledger', 'pg-boss', 'graphile-worker', 'raw SQL', 'raw SQL, history']
  const peerOf = (name: string) => opened.peers.find((peer) => peer.name === name) as Peer

  it('has each of the names', () => {
    expect(opened.peers.map(({ name }) => name)).toEqual(names)
  })

  it.each(names)(
    '%s: what is enqueued waits, what is done has ended, what lies behind stays',
    async (name) => {
      const peer = peerOf(name)
      const keeps = await peer.fillFinished(50)
      const behind = (await peer.counts()).finished ?? 0
      await peer.enqueue(1)
      await peer.enqueueBatch(9)
      await check(peer, { waiting: 10, finished: behind })
      await peer.refill(12)
      await check(peer, { waiting: 12, finished: behind })
      await peer.work({ callers: 2, size: 5, total: 12 })
      await check(peer, { waiting: 0, finished: behind + 12 })
      expect(behind > 0).toBe(keeps)
      await peer.empty()
      await check(peer, { waiting: 0, finished: 0 })
    },
  )

  it('that has not done its work is found out', async () => {
    const peer = peerOf('runledger')
    await peer.empty()
    await peer.enqueueBatch(3)
    await expect(check(peer, { waiting: 4 })).rejects.toThrow('runledger: 3 wait where 4 should')
    await expect(check(peer, { waiting: 3, finished: 1 })).rejects.toThrow('0 have ended where 1 should')
  })
})

describe('a measurement', () => {
  it('takes turns in rotating order and throws the first round away', async () => {
    const order: string[] = []
    const contestant = (name: string) => ({ name, sample: async () => order.push(name) })
    const samples = await interleave(['a', 'b', 'c'].map(contestant), 2)
    expect(order.join('')).toBe('abcbcacab')
    expect([...samples]).toEqual([
      ['a', [6, 8]],
      ['b', [4, 9]],
      ['c', [5, 7]],
    ])
  })

  it('knows medians, quantiles and ratios round by round', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 2, 3])).toBe(2.5)
    expect(quantile([0, 10], 0.95)).toBeCloseTo(9.5)
    expect(pairedRatio([10, 20, 300], [10, 10, 100])).toBe(2)
  })
})

describe('the report', () => {
  const table: Table = {
    scenario: 'some',
    title: 'Some',
    rows: [
      {
        what: 'one',
        unit: 'runs/s',
        figures: { ours: 12_345.6, theirs: 99.94 },
        verdicts: [
          { of: 'ratio', value: 1.254, target: { at: 'least', value: 1 } },
          { of: 'cost', value: 2, target: { at: 'most', value: 1.3 } },
          { of: 'told', value: 0.5 },
        ],
      },
    ],
  }

  it('says of each target whether it is met', () => {
    expect(toMarkdown(table)).toBe(
      [
        '### Some',
        '',
        '| runs/s | ours | theirs | ratio | cost | told |',
        '|---|---:|---:|---:|---:|---:|',
        '| one | 12,346 | 99.9 | **1.25** (≥ 1: met) | **2.00** (≤ 1.3: MISSED) | 0.50 |',
      ].join('\n'),
    )
    expect(table.rows[0]?.verdicts.map(isMet)).toEqual([true, false, true])
  })

  it('counts them on the page that is kept', () => {
    const page = toPage(['today, 2 cores'], [table])
    expect(page).toContain('- today, 2 cores\n- 1 of 2 targets met\n')
    expect(page).toContain('### Some')
  })
})
