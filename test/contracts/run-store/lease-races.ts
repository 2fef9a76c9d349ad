import { describe, expect, it } from 'vitest'
import type { OpenStore } from '../../../lib/ports/open-store.ts'
import type { Beat } from '../../../lib/ports/run-store.ts'
import type { RunningRun } from '../../../lib/run/run.ts'
import { newRuns, unique } from '../../support/make.ts'
import { type Engine, must, useHarness } from '../harness.ts'
import { eventTypes, fail, getRun, moveOne, requestCancel, startRuns, succeed, sweepBack } from '../steps.ts'

export function leaseRaces(engine: Engine): void {
  describe('races under a lease', () => {
    const at = useHarness(engine)

    const startedAndTwo = async (count: number): Promise<[RunningRun[], OpenStore, OpenStore]> => {
      const [store, other] = (await at().several(2)) as [OpenStore, OpenStore]
      const runs = await startRuns(store, newRuns(count, { projectId: unique('p'), maxAttempts: 9 }))
      return [runs, store, other]
    }
    const lapse = async (runs: RunningRun[]) => {
      const ids = runs.map((run) => run.id)
      await at().shift(ids, 'leaseExpiresAt', -100)
      await at().shift(ids, 'heartbeatAt', -100)
    }

    it('of two completions with one fence, one wins', async () => {
      const [runs, one, two] = await startedAndTwo(40)
      await Promise.all(
        runs.map(async (run) => {
          const answers = await Promise.all([moveOne(one, succeed(run)), moveOne(two, fail(run))])
          const winner = onlyOne(answers)
          expect(await getRun(one, run.id)).toEqual(winner)
          expect((await eventTypes(one, run.id)).slice(2)).toEqual([`run.${winner.state}`])
        }),
      )
    })

    it('of a completion and the sweep, one wins', async () => {
      const [runs, one, two] = await startedAndTwo(40)
      await lapse(runs)
      await Promise.all(
        runs.map(async (run) => {
          const winner = onlyOne(
            await Promise.all([moveOne(one, succeed(run)), moveOne(two, sweepBack(run.id))]),
          )
          expect(await getRun(one, run.id)).toEqual(winner)
          const written = winner.state === 'succeeded' ? ['run.succeeded'] : ['run.lost', 'run.retried']
          expect((await eventTypes(one, run.id)).slice(2)).toEqual(written)
        }),
      )
    })

    it('of two sweeps, one wins', async () => {
      const [runs, one, two] = await startedAndTwo(60)
      await lapse(runs)
      const sweep = runs.map((run) => sweepBack(run.id))
      const [a, b] = await Promise.all([one.runs.move(sweep), two.runs.move(sweep.toReversed())])
      for (const [n, run] of runs.entries()) {
        onlyOne([must(a)[n] ?? null, must(b).toReversed()[n] ?? null])
        expect((await eventTypes(one, run.id)).slice(2)).toEqual(['run.lost', 'run.retried'])
      }
    })

    it('of a heartbeat and the sweep, one wins', async () => {
      const [runs, one, two] = await startedAndTwo(40)
      await lapse(runs)
      await Promise.all(
        runs.map(async (run) => {
          const [[beaten], swept] = await Promise.all([
            one.runs.beat([beat(run)]),
            moveOne(two, sweepBack(run.id)),
          ])
          expect([beaten ?? null, swept].filter((answer) => answer !== null)).toHaveLength(1)
          const { state, leaseExpiresAt } = await getRun(one, run.id)
          expect([state, leaseExpiresAt]).toEqual(
            beaten ? ['running', beaten.leaseExpiresAt] : ['queued', null],
          )
        }),
      )
    })

    it('a cancel asked for while the run completes is either seen by the run or refused', async () => {
      const [runs, one, two] = await startedAndTwo(40)
      await Promise.all(
        runs.map(async (run) => {
          const [done, asked] = await Promise.all([
            moveOne(one, { ...succeed(run), guard: { fence: run.fence, cancelRequested: false } }),
            moveOne(two, requestCancel(run.id)),
          ])
          onlyOne([done, asked])
        }),
      )
    })

    it('beats and moves of the same runs in opposite order do not lock each other out', async () => {
      const [runs, one, two] = await startedAndTwo(100)
      const beats = runs.map((run) => beat(run, { progress: 10 }))
      const notes = runs.map((run) => ({ ...succeed(run), patch: { progress: 20 }, events: [] }))
      for (let round = 0; round < 6; round++) {
        await at().shift(
          runs.map((run) => run.id),
          'heartbeatAt',
          -100,
        )
        const answers = await Promise.all([
          one.runs.beat(beats),
          two.runs.beat(beats.toReversed()),
          one.runs.move(notes.toReversed()),
          two.runs.move(notes),
          two.runs.beat(beats),
          one.runs.beat(beats.toReversed()),
        ])
        for (const answer of answers) expect(answer.filter((each) => each === null)).toEqual([])
      }
    })

    it('completions of the same runs in opposite order complete each once', async () => {
      const [runs, one, two] = await startedAndTwo(100)
      const beats = runs.map((run) => beat(run))
      await lapse(runs)
      const [wins, losses] = await Promise.all([
        one.runs.move(runs.map((run) => succeed(run))),
        two.runs.move(runs.map((run) => fail(run)).toReversed()),
        one.runs.beat(beats.toReversed()),
        two.runs.beat(beats),
      ])
      const answers = runs.map((_, n) =>
        onlyOne([must(wins)[n] ?? null, must(losses).toReversed()[n] ?? null]),
      )
      expect(await one.runs.get(runs.map((run) => run.id))).toEqual(answers)
    })

    it('calls that mix moves in opposite order do each once, too', async () => {
      const [runs, one, two] = await startedAndTwo(60)
      const mixed = (odd: boolean) => runs.map((run, n) => ((n % 2 === 1) === odd ? succeed(run) : fail(run)))
      const calls = [mixed(true), mixed(false).toReversed(), mixed(false), mixed(true).toReversed()]
      const answers = await Promise.all(calls.map((moves, n) => (n % 2 ? one : two).runs.move(moves)))
      const inOrder = answers.map((answer, n) => (n % 2 ? answer.toReversed() : answer))
      const winners = runs.map((_, n) => onlyOne(inOrder.map((answer) => answer[n] ?? null)))
      expect(await one.runs.get(runs.map((run) => run.id))).toEqual(winners)
    })
  })
}

function beat(run: { id: string; fence: number }, overrides: Partial<Beat> = {}): Beat {
  return { id: run.id, fence: run.fence, leaseSeconds: 60, actor: 'worker-1', ...overrides }
}

function onlyOne<T>(answers: (T | null)[]): T {
  const won = answers.filter((answer) => answer !== null)
  expect(won).toHaveLength(1)
  return must(won[0])
}
