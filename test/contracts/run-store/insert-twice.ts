import { describe, expect, it } from 'vitest'
import { newRun, newRuns, unique } from '../../support/make.ts'
import { type Engine, must, useHarness } from '../harness.ts'
import { cancel, enqueue, eventsOf, moveOne } from '../steps.ts'

export function insertTwiceContract(engine: Engine): void {
  describe('insert with an idempotency key', () => {
    const at = useHarness(engine)

    it('answers a repeat with the run that has it, and the hash it was made with', async () => {
      const { store } = at()
      const mine = { projectId: unique('p'), idempotencyKey: 'once' }
      const [first] = await enqueue(store, newRun({ ...mine, idempotencyHash: 'h1' }))
      const again = newRun({ ...mine, idempotencyHash: 'h2', kind: unique('other') })
      expect(await store.runs.insert([again])).toEqual([
        { run: first, inserted: false, idempotencyHash: 'h1' },
      ])
      expect(await store.runs.get([again.id])).toEqual([null])
      expect(await eventsOf(store, again.id)).toEqual([])
    })

    it('answers with the run as it is now, also when that has ended', async () => {
      const { store } = at()
      const mine = { projectId: unique('p'), idempotencyKey: 'once' }
      const [first] = await enqueue(store, newRun(mine))
      const ended = await moveOne(store, cancel(must(first).id))
      expect(await store.runs.insert([newRun(mine)])).toMatchObject([{ run: ended, inserted: false }])
    })

    it('lets two projects and the system use the same key', async () => {
      const { store } = at()
      const idempotencyKey = unique('key')
      await enqueue(
        store,
        ...[unique('p'), unique('p'), null].map((projectId) => newRun({ projectId, idempotencyKey })),
      )
    })

    it('lets the system use a key once', async () => {
      const { store } = at()
      const idempotencyKey = unique('key')
      const [first] = await enqueue(store, newRun({ idempotencyKey }))
      expect(await store.runs.insert([newRun({ idempotencyKey })])).toMatchObject([
        { inserted: false, run: { id: first?.id } },
      ])
    })

    it('adds one of two with the same key in one call', async () => {
      const { store } = at()
      const runs = newRuns(3, { projectId: unique('p'), idempotencyKey: 'twice' })
      const answers = await store.runs.insert(runs)
      expect(answers.map((answer) => answer.inserted)).toEqual([true, false, false])
      expect(new Set(answers.map((answer) => answer.run.id))).toEqual(new Set([runs[0]?.id]))
    })

    it('frees the key when the run is deleted for good', async () => {
      const { store } = at()
      const mine = { projectId: unique('p'), idempotencyKey: 'once' }
      const [first] = await enqueue(store, newRun(mine))
      await store.raw(`DELETE FROM runs WHERE id = '${first?.id}'`)
      await enqueue(store, newRun(mine))
    })
  })

  describe('insert with an id', () => {
    const at = useHarness(engine)

    it('answers an id that is taken with the run that has it', async () => {
      const { store } = at()
      const [first] = await enqueue(store, newRun({ name: 'first' }))
      const answers = await store.runs.insert([newRun({ id: must(first).id, name: 'second' }), newRun()])
      expect(answers.map((answer) => answer.inserted)).toEqual([false, true])
      expect(answers[0]?.run).toEqual(first)
    })

    it('answers one id twice in a call with the first of them', async () => {
      const { store } = at()
      const run = newRun({ name: 'first' })
      const answers = await store.runs.insert([run, { ...run, name: 'second' }])
      expect(answers.map((answer) => [answer.inserted, answer.run.name])).toEqual([
        [true, 'first'],
        [false, 'first'],
      ])
    })
  })
}
