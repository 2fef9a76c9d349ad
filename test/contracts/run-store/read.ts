import { describe, expect, it } from 'vitest'
import { newRun, newRuns, unique } from '../../support/make.ts'
import { type Engine, must, useHarness } from '../harness.ts'
import { cancel, enqueue, eventsOf, expectWellFormed, startRun, succeed } from '../steps.ts'

export function readContract(engine: Engine): void {
  describe('get', () => {
    const at = useHarness(engine)

    it('answers in the order asked, with null where there is no run', async () => {
      const { store } = at()
      const [a, b, c] = await enqueue(store, ...newRuns(3))
      const none = newRun().id
      const ids = [must(c).id, none, must(a).id, must(b).id, must(c).id]
      expect(await store.runs.get(ids)).toEqual([c, null, a, b, c])
      expect(await store.runs.get([])).toEqual([])
    })

    it('takes any text for an id', async () => {
      const { store } = at()
      expect(await store.runs.get(['', "'; DROP TABLE runs; --", '%', 'ünïcode'])).toEqual([
        null,
        null,
        null,
        null,
      ])
    })
  })

  describe('events', () => {
    const at = useHarness(engine)

    it('gives the history of a run, oldest first, with growing ids', async () => {
      const { store } = at()
      const run = await startRun(store, { projectId: unique('p') })
      await store.runs.move([succeed(run)])
      const events = await eventsOf(store, run.id)
      expect(events.map((event) => event.type)).toEqual(['run.enqueued', 'run.started', 'run.succeeded'])
      const ids = events.map((event) => event.id)
      expect(ids).toEqual(ids.toSorted((a, b) => a - b))
      expect(new Set(ids).size).toBe(3)
      for (const event of events) {
        expect(event.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
        expect(Object.keys(event).toSorted()).toEqual(['actor', 'at', 'data', 'id', 'runId', 'type'])
      }
    })

    it('gives those after an id, of several runs each from its own', async () => {
      const { store } = at()
      const [a, b, c] = await enqueue(store, ...newRuns(3))
      await store.runs.move([must(b), must(a), must(c)].map((run) => cancel(run.id)))
      const firstOfA = must((await eventsOf(store, must(a).id))[0])
      const lastOfC = must((await eventsOf(store, must(c).id))[1])
      const events = await store.runs.events(
        [
          { runId: must(a).id, id: firstOfA.id },
          { runId: must(b).id, id: 0 },
          { runId: must(c).id, id: lastOfC.id },
          { runId: newRun().id, id: 0 },
        ],
        100,
      )
      const ofRun = (run?: { id: string }) =>
        events.filter((event) => event.runId === run?.id).map((event) => event.type)
      expect(ofRun(a)).toEqual(['run.canceled'])
      expect(ofRun(b)).toEqual(['run.enqueued', 'run.canceled'])
      expect(ofRun(c)).toEqual([])
      expect(events).toHaveLength(3)
      expect(events.map((event) => event.id)).toEqual(
        events.map((event) => event.id).toSorted((x, y) => x - y),
      )
      expect(await store.runs.events([], 100)).toEqual([])
    })

    it('gives no more than asked for, and the rest after those', async () => {
      const { store } = at()
      const run = await startRun(store, { projectId: unique('p') })
      await store.runs.move([succeed(run)])
      const all = await eventsOf(store, run.id)
      const page = await store.runs.events([{ runId: run.id, id: 0 }], 2)
      expect(page).toEqual(all.slice(0, 2))
      expect(await store.runs.events([{ runId: run.id, id: must(page[1]).id }], 2)).toEqual(all.slice(2))
    })
  })

  describe('a second instance', () => {
    const at = useHarness(engine)

    it('sees what the first wrote', async () => {
      const { store, another } = at()
      const [run] = await enqueue(store, newRun({ input: { a: [1] } }))
      const other = await another()
      await other.ping()
      expect(await other.runs.get([must(run).id])).toEqual([run])
      expectWellFormed(must((await other.runs.get([must(run).id]))[0]))
    })
  })
}
