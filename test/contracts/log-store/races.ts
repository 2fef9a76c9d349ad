import { describe, expect, it } from 'vitest'
import type { LogState } from '../../../lib/ports/log-store.ts'
import type { OpenStore } from '../../../lib/ports/open-store.ts'
import type { RunningRun } from '../../../lib/run/run.ts'
import { unique } from '../../support/make.ts'
import { type Engine, must, useHarness } from '../harness.ts'
import { appendSizes, chunksOf, expectContiguous, moved, newChunk, stateOf } from '../log-steps.ts'
import { claimRequest, eventTypes, fail, getRun, moveOne, startRun, succeed, sweepBack } from '../steps.ts'

export function logRaces(engine: Engine): void {
  describe('races for a log', () => {
    const at = useHarness(engine)
    const started = () => startRun(at().store, { projectId: unique('p'), maxAttempts: 9 })

    it('the same chunk from 20 senders is kept once', async () => {
      const { store } = at()
      const run = await started()
      const stores = await at().several(4)
      for (let offset = 0; offset < 50; offset += 10) {
        const chunk = newChunk(run, offset)
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, n) => must(stores[n % 4]).logs.append(chunk)),
        )
        expect(answers.filter((answer) => answer !== null)).toMatchObject([{ nextOffset: offset + 10 }])
        expect(await store.logs.chunkAt(run.id, 1, offset)).toEqual({ ...chunk, position: offset })
      }
      expect(await chunksOf(store, run)).toHaveLength(5)
      expect((await getRun(store, run.id)).logBytes).toBe(50)
    })

    it('of two chunks at one offset one wins, and the other leaves nothing', async () => {
      const { store } = at()
      const [one, two] = await at().several(2)
      for (let round = 0; round < 20; round++) {
        const run = await started()
        const chunks = [
          newChunk(run, 0, { sentBytes: 10, sentSha256: '1'.repeat(64) }),
          newChunk(run, 0, { sentBytes: 7, sentSha256: '2'.repeat(64) }),
        ] as const
        const answers = await Promise.all([
          must(one).logs.append(chunks[0]),
          must(two).logs.append(chunks[1]),
        ])
        expect(answers.filter((answer) => answer === null)).toHaveLength(1)
        const won = answers[0] === null ? chunks[1] : chunks[0]
        expect(await chunksOf(store, run)).toEqual([{ ...won, position: 0 }])
        expect(await stateOf(store, run)).toMatchObject({ nextOffset: won.sentBytes, bytes: won.bytes })
      }
    })

    it('many senders of different chunks leave one log without a gap', async () => {
      const { store } = at()
      const run = await started()
      const stores = await at().several(4)
      const won = await Promise.all(
        stores.flatMap((each, n) => [1, 2].map((k) => sendTen(each, run, 2 * n + k))),
      )
      const chunks = await chunksOf(store, run)
      expect(chunks).toHaveLength(80)
      expectContiguous(chunks, await stateOf(store, run))
      expect(chunks.map(({ offset }) => offset)).toEqual(won.flat().toSorted((a, b) => a - b))
    })

    it('a chunk and the end of its run: it is kept whole before, or not at all', async () => {
      const { store } = at()
      const [one, two] = await at().several(2)
      for (let round = 0; round < 20; round++) {
        const run = await started()
        const [answer, ended] = await Promise.all([
          must(one).logs.append(newChunk(run, 0)),
          moveOne(must(two), succeed(run, { logFinalOffset: 10 })),
        ])
        expect(ended).toMatchObject({ state: 'succeeded' })
        const bytes = answer === null ? 0 : 10
        expect(await stateOf(store, run)).toMatchObject({ bytes, nextOffset: bytes, isOpen: false })
        expect(await chunksOf(store, run)).toHaveLength(answer === null ? 0 : 1)
        expect(await eventTypes(store, run.id)).toContain('run.succeeded')
      }
    })

    it('a late holder and the next attempt never mix', async () => {
      const { store, shift } = at()
      const [one, two] = await at().several(2)
      for (let round = 0; round < 20; round++) {
        const first = await started()
        await shift([first.id], 'leaseExpiresAt', -1_000)
        const late = sendUntilRefused(must(one), first)
        await moved(must(two), sweepBack(first.id))
        const [second] = await must(two).runs.claim(claimRequest({ projectId: first.projectId }))
        await appendSizes(must(two), must(second), 5, 6)
        await late
        const [state, chunks] = [await stateOf(store, first), await chunksOf(store, first)]
        expectContiguous(chunks, state)
        expect(state).toMatchObject({ fence: 2, nextOffset: 11 })
        expect(chunks.slice(-2).map(({ fence, bytes }) => [fence, bytes])).toEqual([
          [2, 5],
          [2, 6],
        ])
      }
    })

    it('a log that grows and leases that are extended wait for nobody, and lose nothing', async () => {
      const { store, shift } = at()
      const run = await started()
      const stores = await at().several(4)
      await shift([run.id], 'heartbeatAt', -100)
      const beats = Array.from({ length: 20 }, (_, n) =>
        must(stores[n % 4]).runs.beat([
          { id: run.id, fence: 1, leaseSeconds: 60, actor: 'w', progress: n, message: `${n}` },
        ]),
      )
      const [state] = await Promise.all([appendSizes(store, run, 1, 2, 3, 4, 5, 6, 7, 8), ...beats])
      expect(state).toMatchObject({ bytes: 36, nextOffset: 36 })
      expect((await getRun(store, run.id)).progressMessage).not.toBeNull()
    })

    it('chunks of a run that is just being called lost are all kept', async () => {
      const { store } = at()
      const [one, two] = await at().several(2)
      for (let round = 0; round < 10; round++) {
        const run = await started()
        const [state] = await Promise.all([
          appendSizes(must(one), run, 10, 10, 10),
          moved(must(two), fail(run, { errorCode: 'lost' })),
        ])
        expect(state).toMatchObject({ bytes: 30, isOpen: true })
        expectContiguous(await chunksOf(store, run), await stateOf(store, run))
      }
    })
  })
}

/** Sends ten chunks, each until it finds its place; the offsets at which they are. */
async function sendTen(store: OpenStore, run: RunningRun, sentBytes: number): Promise<number[]> {
  const won: number[] = []
  while (won.length < 10) {
    const { nextOffset } = await stateOf(store, run)
    if ((await store.logs.append(newChunk(run, nextOffset, { sentBytes }))) !== null) won.push(nextOffset)
  }
  return won
}

async function sendUntilRefused(store: OpenStore, run: RunningRun): Promise<void> {
  let state: LogState | null = await store.logs.append(newChunk(run, 0))
  while (state !== null) state = await store.logs.append(newChunk(run, state.nextOffset))
}
