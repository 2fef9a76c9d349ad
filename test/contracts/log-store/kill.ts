import { describe, expect, it } from 'vitest'
import { unique } from '../../support/make.ts'
import { type Engine, useHarness } from '../harness.ts'
import { appendSizes, chunksOf, expectContiguous, newChunk, stateOf } from '../log-steps.ts'
import { startChild } from '../start-child.ts'
import { getRun, startRun } from '../steps.ts'

export function logKillContract(engine: Engine): void {
  describe('a sender killed in the middle', () => {
    const at = useHarness(engine)

    it('leaves a log without a gap, to which others go on adding', { timeout: 120_000 }, async () => {
      const { store, address } = at()
      const run = await startRun(store, { projectId: unique('p') })
      const senders = [3, 7].map((sentBytes) =>
        startChild('append-loop.ts', { address, chunk: newChunk(run, 0, { sentBytes }) }),
      )
      const [victim, other] = senders as [(typeof senders)[0], (typeof senders)[0]]
      try {
        await Promise.all([victim.hasPrinted(30), other.hasPrinted(10)])
        victim.kill()
        await victim.gone
        await other.hasPrinted(other.printed.length + 10)
        other.end()
        await other.gone
      } finally {
        for (const sender of senders) sender.end()
        await Promise.all(senders.map((sender) => sender.gone))
      }
      expect(senders.map((sender) => sender.errors())).toEqual(['', ''])

      const chunks = await chunksOf(store, run)
      const ends = chunks.map(({ offset, sentBytes }) => offset + sentBytes)
      const told = senders.flatMap((sender) => sender.printed.map(Number))
      expect(new Set(told).size).toBe(told.length)
      // The victim may have added one more than it came to say.
      expect(ends.filter((end) => !told.includes(end)).length).toBeLessThanOrEqual(1)
      expect(told.filter((end) => !ends.includes(end))).toEqual([])
      const state = await stateOf(store, run)
      expectContiguous(chunks, state)
      expect(state.nextOffset).toBe(ends.at(-1))
      expect((await getRun(store, run.id)).logBytes).toBe(state.bytes)
      expect(await appendSizes(store, run, 5)).toMatchObject({ bytes: state.bytes + 5 })
    })
  })
}
