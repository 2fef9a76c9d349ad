import { describe, expect, it } from 'vitest'
import type { OpenStore } from '../../../lib/ports/open-store.ts'
import type { NewRun } from '../../../lib/ports/run-store.ts'
import { newRun, newRuns, unique } from '../../support/make.ts'
import { type Engine, must, useHarness } from '../harness.ts'
import { cancel, claimRequest, enqueue, eventTypes, moveOne } from '../steps.ts'

export function queueRaces(engine: Engine): void {
  describe('races for the queue', () => {
    const at = useHarness(engine)

    it('20 claimers take 500 runs, each once', async () => {
      const { store } = at()
      const projectId = unique('p')
      const runs = await enqueue(
        store,
        ...newRuns(500, (n) => ({ projectId, kind: `kind-${n % 3}`, priority: n % 4 })),
      )
      const stores = await at().several(4)
      const taken = await Promise.all(
        Array.from({ length: 20 }, (_, n) => claimUntilNone(must(stores[n % 4]), projectId, `worker-${n}`)),
      )
      expect(taken.flat().toSorted()).toEqual(runs.map((run) => run.id).toSorted())
      const after = await store.runs.get(runs.map((run) => run.id))
      expect(new Set(after.map((run) => `${run?.state} ${run?.attempt} ${run?.fence}`))).toEqual(
        new Set(['running 1 1']),
      )
      for (const [n, ids] of taken.entries())
        for (const id of ids) expect(after.find((run) => run?.id === id)?.claimedBy).toBe(`worker-${n}`)
    })

    it.each([
      ['eight kinds', Array.from({ length: 8 }, (_, n) => `kind-${n}`)],
      ['any kind', undefined],
      ['one kind', ['kind-0']],
    ])('nobody who asks for %s goes away with nothing while enough is left', async (_, kinds) => {
      const stores = await at().several(4)
      for (let round = 0; round < 6; round++) {
        const projectId = unique('p')
        const kindCount = kinds?.length ?? 8
        const runs = newRuns(20 * 10 * 2, (n) => ({
          projectId,
          kind: `kind-${n % kindCount}`,
          priority: n % 3,
          // One kind is older than all others: everybody is after the same few.
          runAt: new Date(Date.UTC(2026, 0, 1 + (n % kindCount === 0 ? 0 : 1), 0, 0, n)).toISOString(),
        }))
        await must(stores[0]).runs.insert(runs)
        const taken = await Promise.all(
          Array.from({ length: 20 }, (_, n) =>
            must(stores[n % 4]).runs.claim(claimRequest({ projectId, kinds, workerId: `w-${n}`, limit: 10 })),
          ),
        )
        expect(taken.filter((runs) => runs.length === 0)).toEqual([])
        const ids = taken.flat().map((run) => run.id)
        expect(new Set(ids).size).toBe(ids.length)
      }
    })

    it('claimers take runs that others add at the same time', async () => {
      const stores = await at().several(2)
      const projectId = unique('p')
      const batches = Array.from({ length: 10 }, () => newRuns(20, { projectId }))
      const adding = Promise.all(batches.map((batch, n) => must(stores[n % 2]).runs.insert(batch)))
      const early = await Promise.all(stores.map((store) => claimUntilNone(store, projectId, 'early')))
      await adding
      const late = await Promise.all(stores.map((store) => claimUntilNone(store, projectId, 'late')))
      const taken = [...early, ...late].flat()
      expect(taken.toSorted()).toEqual(
        batches
          .flat()
          .map((run) => run.id)
          .toSorted(),
      )
    })

    it('one claimId asked 5 times at once gives the same runs, and takes no more', async () => {
      const stores = await at().several(3)
      for (let round = 0; round < 5; round++) {
        const projectId = unique('p')
        await enqueue(must(stores[0]), ...newRuns(40, { projectId }))
        const request = claimRequest({ projectId, limit: 6, claimId: unique('claim') })
        const answers = await Promise.all(
          Array.from({ length: 5 }, (_, n) => must(stores[n % 3]).runs.claim(request)),
        )
        expect(answers[0]).toHaveLength(6)
        for (const answer of answers) expect(answer).toEqual(answers[0])
        const running = await must(stores[0]).runs.list({
          projectId,
          state: ['running'],
          sort: 'createdAt:desc',
          limit: 100,
        })
        expect(running).toHaveLength(6)
      }
    })

    it('a run is either claimed or canceled, never both', async () => {
      const stores = await at().several(3)
      const [store] = stores as [OpenStore]
      const projectId = unique('p')
      const runs = await enqueue(store, ...newRuns(150, { projectId }))
      const claiming = stores.map((each, n) => claimUntilNone(each, projectId, `worker-${n}`))
      const canceling = runs.toReversed().map((run, n) => moveOne(must(stores[n % 3]), cancel(run.id)))
      const claimed = new Set((await Promise.all(claiming)).flat())
      const canceled = new Set((await Promise.all(canceling)).flatMap((run) => (run ? [run.id] : [])))
      expect([...claimed, ...canceled].toSorted()).toEqual(runs.map((run) => run.id).toSorted())
      for (const run of await store.runs.get(runs.map((each) => each.id))) {
        const { id, state, attempt } = must(run)
        expect([state, attempt]).toEqual(claimed.has(id) ? ['running', 1] : ['canceled', 0])
        const last = claimed.has(id) ? 'run.started' : 'run.canceled'
        expect(await eventTypes(store, id)).toEqual(['run.enqueued', last])
      }
    })

    for (const of of ['a project', 'the system']) {
      it(`one idempotency key of ${of}, 20 times at once, adds one run`, async () => {
        const projectId = of === 'a project' ? unique('p') : null
        const key = unique('key')
        await expectOneAdded(await at().several(4), () =>
          newRun({
            projectId,
            idempotencyKey: key,
            kind: unique('kind'),
            idempotencyHash: unique('hash'),
          }),
        )
      })
    }

    it('one id given by its caller, 20 times at once, adds one run', async () => {
      const { id } = newRun()
      await expectOneAdded(await at().several(4), () => newRun({ id }))
    })

    it('a taken id and a taken key at once in one call add nothing twice', async () => {
      const stores = await at().several(4)
      const projectId = unique('p')
      const runs = newRuns(10, (n) => ({ projectId, idempotencyKey: `key-${n}` }))
      const again = runs.map((run, n) =>
        n % 2 ? { ...newRun(run), idempotencyKey: null } : { ...run, id: newRun().id },
      )
      const answers = await Promise.all(
        [runs, again.toReversed(), again, runs.toReversed()].map((batch, n) =>
          must(stores[n]).runs.insert(batch),
        ),
      )
      expect(answers.flat().filter((answer) => answer.inserted)).toHaveLength(10)
      expect(new Set(answers.flat().map((answer) => answer.run.id)).size).toBe(10)
    })

    it('batches with the same keys and new kinds in opposite order do not lock each other out', async () => {
      const stores = await at().several(4)
      for (let round = 0; round < 10; round++) {
        const projectId = unique('p')
        const batch = () =>
          newRuns(40, (n) => ({ projectId, kind: `kind-${round}-${n}`, idempotencyKey: `key-${n}` }))
        const given = [batch(), batch().reverse(), batch(), batch().reverse(), batch().reverse(), batch()]
        const answers = await Promise.all(given.map((runs, n) => must(stores[n % 4]).runs.insert(runs)))
        expect(answers.flat().filter((answer) => answer.inserted)).toHaveLength(40)
        for (const [n, runs] of given.entries())
          expect(answers[n]?.map((answer) => answer.run.idempotencyKey)).toEqual(
            runs.map((run) => run.idempotencyKey),
          )
        expect(new Set(answers.flat().map((answer) => answer.run.id)).size).toBe(40)
        expect(
          await must(stores[0]).raw(`SELECT id FROM scripts WHERE "projectId" = '${projectId}'`),
        ).toHaveLength(40)
      }
    })
  })
}

/** The ids it got. A claim may be empty while another holds the rest, so it asks until nothing is due. */
async function claimUntilNone(store: OpenStore, projectId: string, workerId: string): Promise<string[]> {
  const taken: string[] = []
  for (;;) {
    const runs = await store.runs.claim(claimRequest({ projectId, workerId, limit: 7 }))
    taken.push(...runs.map((run) => run.id))
    if (runs.length === 0 && !(await store.runs.hasDue({ projectId }))) return taken
  }
}

async function expectOneAdded(stores: OpenStore[], make: () => NewRun): Promise<void> {
  const answers = (
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => must(stores[n % stores.length]).runs.insert([make()])),
    )
  ).flat()
  const [winner, ...others] = answers.filter((answer) => answer.inserted)
  expect(others).toEqual([])
  const { run, idempotencyHash } = must(winner)
  for (const answer of answers)
    expect({ ...answer, inserted: true }).toEqual({ run, idempotencyHash, inserted: true })
  expect(await eventTypes(must(stores[0]), run.id)).toEqual(['run.enqueued'])
}
