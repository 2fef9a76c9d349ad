import { describe, expect, it } from 'vitest'
import type { RunFilter } from '../../../lib/ports/run-store.ts'
import { type Run, StorageState } from '../../../lib/run/run.ts'
import { newRun, newRuns, unique } from '../../support/make.ts'
import { type Engine, must, useHarness } from '../harness.ts'
import { cancel, enqueue, expectWellFormed, getRun, moveOne, startRuns, succeed } from '../steps.ts'

export function listContract(engine: Engine): void {
  describe('list', () => {
    const at = useHarness(engine)

    const list = (filter: Partial<RunFilter>) =>
      at().store.runs.list({ sort: 'createdAt:desc', limit: 100, ...filter })
    const ids = async (filter: Partial<RunFilter>) => (await list(filter)).map((run) => run.id)

    /** Runs of one project; `createdAt` ties within a call of insert and differs between the three. */
    const someRuns = async (count: number, projectId: string) => {
      const { store, shift } = at()
      const runs = await enqueue(store, ...newRuns(count, { projectId }))
      const third = Math.ceil(count / 3)
      await shift(
        runs.slice(0, third).map((run) => run.id),
        'createdAt',
        -7_200,
      )
      await shift(
        runs.slice(third, 2 * third).map((run) => run.id),
        'createdAt',
        -3_600,
      )
      const stored = await store.runs.get(runs.map((run) => run.id))
      return stored.map((run) => must(run)).toSorted(newestFirst)
    }

    for (const sort of ['createdAt:desc', 'createdAt:asc'] as const) {
      it(`pages through every run once, by ${sort}, also where many have one createdAt`, async () => {
        const projectId = unique('p')
        const expected = await someRuns(130, projectId)
        if (sort === 'createdAt:asc') expected.reverse()
        const seen: Run[] = []
        for (let page = 0; page < 20; page++) {
          const last = seen.at(-1)
          const runs = await list({
            projectId,
            sort,
            limit: 17,
            after: last && { createdAt: last.createdAt, id: last.id },
          })
          expect(runs.length).toBeLessThanOrEqual(17)
          if (runs.length === 0) break
          seen.push(...runs)
        }
        expect(seen).toEqual(expected)
        seen.slice(0, 3).forEach(expectWellFormed)
      })
    }

    it('does not slip when runs are added between two pages', async () => {
      const projectId = unique('p')
      const expected = await someRuns(9, projectId)
      const first = await list({ projectId, limit: 4 })
      await enqueue(at().store, ...newRuns(3, { projectId }))
      const rest = await list({ projectId, after: must(first.at(-1)) })
      expect([...first, ...rest]).toEqual(expected)
    })

    it('shows one project, the system, or all', async () => {
      const projectId = unique('p')
      const kind = unique('kind')
      const [own, system] = await enqueue(at().store, newRun({ projectId, kind }), newRun({ kind }))
      expect(await ids({ kind, projectId })).toEqual([own?.id])
      expect(await ids({ kind, projectId: null })).toEqual([system?.id])
      expect((await ids({ kind })).toSorted()).toEqual([own?.id, system?.id].toSorted())
    })

    it('filters by one or several states', async () => {
      const { store } = at()
      const projectId = unique('p')
      const [first, second] = await startRuns(store, newRuns(2, { projectId }))
      await moveOne(store, succeed(must(first)))
      const [third, fourth] = await enqueue(store, ...newRuns(2, { projectId }))
      await moveOne(store, cancel(must(third).id))
      expect(await ids({ projectId, state: ['queued'] })).toEqual([fourth?.id])
      expect(await ids({ projectId, state: ['running'] })).toEqual([second?.id])
      expect(new Set(await ids({ projectId, state: ['succeeded', 'canceled'] }))).toEqual(
        new Set([first?.id, third?.id]),
      )
      expect(await ids({ projectId, state: ['failed'] })).toEqual([])
    })

    it('filters by kind, which must be equal', async () => {
      const projectId = unique('p')
      const [exact] = await enqueue(
        at().store,
        ...['a.b', 'a.bc', 'a', 'A.B'].map((kind) => newRun({ projectId, kind })),
      )
      expect(await ids({ projectId, kind: 'a.b' })).toEqual([exact?.id])
    })

    it('shows of a kind that several have only what one of them has, also by its beginning', async () => {
      const { store } = at()
      const [one, other, kind] = [unique('p'), unique('p'), unique('kind')]
      const runs = await enqueue(
        store,
        ...[one, other, null, one, other, null].map((projectId) => newRun({ projectId, kind })),
        newRun({ projectId: one, kind: `${kind}.more` }),
        newRun({ projectId: one }),
      )
      const newest = (...places: number[]) =>
        places
          .map((n) => must(runs[n]))
          .toSorted(newestFirst)
          .map(({ id }) => id)
      await moveOne(store, cancel(must(runs[3]).id))
      await store.raw(`UPDATE runs SET "storageState" = 'archived' WHERE id = '${runs[3]?.id}'`)
      expect(await ids({ projectId: one, kind })).toEqual(newest(0, 3))
      expect(await ids({ projectId: null, kind })).toEqual(newest(2, 5))
      expect(await ids({ kind })).toEqual(newest(0, 1, 2, 3, 4, 5))
      expect(await ids({ projectId: one, kind, state: ['canceled'] })).toEqual(newest(3))
      expect(await ids({ projectId: other, kind, state: ['canceled'] })).toEqual([])
      expect(await ids({ projectId: unique('p'), kind })).toEqual([])
      expect(await ids({ projectId: one, q: kind })).toEqual(newest(0, 3, 6))
      expect(await ids({ projectId: null, q: kind })).toEqual(newest(2, 5))
      expect(await ids({ projectId: one, kind, q: kind.slice(0, -1) })).toEqual(newest(0, 3))
      expect(await ids({ projectId: one, q: kind, storageState: ['archived'] })).toEqual(newest(3))
      expect(await store.runs.count({ projectId: one, kind }, 10)).toBe(2)
      const counts = await store.runs.countByState({ projectId: one, q: kind }, 10)
      expect(counts.filter(({ count }) => count > 0).map(({ state, count }) => [state, count])).toEqual([
        ['queued', 2],
        ['canceled', 1],
      ])
    })

    it('filters by storage state, and shows all when not told', async () => {
      const { store } = at()
      const projectId = unique('p')
      const [kept, archived] = await enqueue(store, ...newRuns(2, { projectId }))
      await store.raw(`UPDATE runs SET "storageState" = 'archived' WHERE id = '${archived?.id}'`)
      expect(await ids({ projectId, storageState: ['active', 'archiving', 'restoring'] })).toEqual([kept?.id])
      expect(await ids({ projectId, storageState: ['archived'] })).toEqual([archived?.id])
      expect(await ids({ projectId })).toHaveLength(2)
    })

    it('passes rows over, on both sides of what is put away', async () => {
      const { store } = at()
      const projectId = unique('p')
      const expected = (await someRuns(12, projectId)).map(({ id }) => id)
      await store.raw(`UPDATE runs SET "storageState" = 'archived' WHERE id = '${expected[4]}'`)
      expect(await ids({ projectId, skip: 0, limit: 5 })).toEqual(expected.slice(0, 5))
      expect(await ids({ projectId, skip: 3, limit: 5 })).toEqual(expected.slice(3, 8))
      expect(await ids({ projectId, skip: 10, limit: 5 })).toEqual(expected.slice(10))
      expect(await ids({ projectId, skip: 12 })).toEqual([])
      const shown = expected.filter((id) => id !== expected[4])
      const storageState = ['active', 'archiving', 'restoring'] as const
      expect(await ids({ projectId, storageState, skip: 3, limit: 5 })).toEqual(shown.slice(3, 8))
    })

    it('leaves inputs out where that is asked for', async () => {
      const projectId = unique('p')
      const [run] = await enqueue(at().store, newRun({ projectId, input: { a: 1 } }))
      expect(await list({ projectId, isBrief: true })).toEqual([{ ...must(run), input: null }])
      expect(await list({ projectId })).toEqual([run])
    })

    it('filters by the number of a script', async () => {
      const [projectId, kind] = [unique('p'), unique('kind')]
      const [run, other] = await enqueue(at().store, newRun({ projectId, kind }), newRun({ projectId }))
      expect(await ids({ scriptId: Number(must(run).scriptId) })).toEqual([run?.id])
      expect(await ids({ scriptId: Number(must(run).scriptId), projectId: unique('other') })).toEqual([])
      expect(must(other).scriptId).not.toBe(must(run).scriptId)
    })

    it('shows of what is put away only what somebody created, where that is asked for', async () => {
      const { store } = at()
      const projectId = unique('p')
      const [theirs, mine, shown] = await enqueue(
        store,
        newRun({ projectId, createdBy: 'they' }),
        newRun({ projectId, createdBy: 'me' }),
        newRun({ projectId, createdBy: 'they' }),
      )
      const put = (id: string | undefined, state: string) =>
        store.raw(`UPDATE runs SET "storageState" = '${state}' WHERE id = '${id}'`)
      for (const state of ['archived', 'deleting', 'deleted']) {
        await put(theirs?.id, state)
        await put(mine?.id, state)
        const found = await ids({ projectId, putAwayBy: 'me' })
        expect(found.toSorted()).toEqual([mine?.id, shown?.id].toSorted())
        expect(await store.runs.count({ projectId, putAwayBy: 'me' }, 10)).toBe(2)
      }
      expect(await ids({ projectId })).toHaveLength(3)
    })

    it('counts what a list goes through, up to a bound', async () => {
      const { store } = at()
      const projectId = unique('p')
      const runs = await someRuns(9, projectId)
      await moveOne(store, cancel(must(runs[0]).id))
      await store.raw(`UPDATE runs SET "storageState" = 'archived' WHERE id = '${runs[5]?.id}'`)
      expect(await store.runs.count({ projectId }, 100)).toBe(9)
      expect(await store.runs.count({ projectId }, 4)).toBe(4)
      expect(await store.runs.count({ projectId, storageState: ['archived'] }, 4)).toBe(1)
      expect(await store.runs.count({ projectId, state: ['canceled', 'failed'] }, 4)).toBe(1)
      const { createdAt } = must(runs[4])
      const older = runs.filter((run) => run.createdAt < createdAt)
      expect(await store.runs.count({ projectId, before: createdAt }, 100)).toBe(older.length)
    })

    it('filters by a label, whatever characters it has', async () => {
      const projectId = unique('p')
      const key = 'a.b"c\'d$e[0]'
      const [first] = await enqueue(
        at().store,
        newRun({ projectId, labels: { [key]: 'x "y" \\ é', other: '1' } }),
        newRun({ projectId, labels: { [key]: 'x' } }),
        newRun({ projectId, labels: { other: '1' } }),
        newRun({ projectId }),
      )
      expect(await ids({ projectId, label: { key, value: 'x "y" \\ é' } })).toEqual([first?.id])
      expect(await ids({ projectId, label: { key: 'other', value: '1' } })).toHaveLength(2)
      expect(await ids({ projectId, label: { key: 'a', value: '1' } })).toEqual([])
    })

    it('filters from an instant on, and up to but not at another', async () => {
      const { store, shift } = at()
      const projectId = unique('p')
      const runs = await enqueue(store, ...newRuns(3, { projectId }))
      const [old, middle, young] = runs.map((run) => run.id) as [string, string, string]
      await shift([old], 'createdAt', -20)
      await shift([middle], 'createdAt', -10)
      const { createdAt } = await getRun(store, middle)
      expect(await ids({ projectId, since: createdAt })).toEqual([young, middle])
      expect(await ids({ projectId, before: createdAt })).toEqual([old])
      const later = new Date(Date.parse(createdAt) + 1).toISOString()
      expect(await ids({ projectId, since: createdAt, before: later })).toEqual([middle])
      expect(await ids({ projectId, since: later })).toEqual([young])
    })

    it('finds by the beginning of id, kind or name', async () => {
      const projectId = unique('p')
      const runs = await enqueue(
        at().store,
        newRun({ projectId, kind: 'nightly.sync', name: null }),
        newRun({ projectId, kind: 'other', name: 'nightly report' }),
        newRun({ projectId, kind: 'other', name: 'the nightly one' }),
        newRun({ projectId, kind: 'x_y', name: '100% done' }),
        newRun({ projectId, kind: 'xzy', name: '1000 done' }),
        newRun({ projectId, kind: 'back', name: 'a\\b' }),
      )
      const found = async (q: string) => {
        const page = await ids({ projectId, q })
        return runs.flatMap((run, n) => (page.includes(run.id) ? [n] : []))
      }
      expect(await found('nightly')).toEqual([0, 1])
      expect(await found(must(runs[4]).id)).toEqual([4])
      expect(await found('x_')).toEqual([3])
      expect(await found('100%')).toEqual([3])
      expect(await found('a\\')).toEqual([5])
      expect(await found('%')).toEqual([])
      expect(await found('a\\b"\'; --')).toEqual([])
    })

    it('finds a run by several prefixes once, in order, and takes signs for themselves', async () => {
      const { store, shift } = at()
      const q = unique('q')
      const runs = await enqueue(
        store,
        ...newRuns(12, (n) => ({
          projectId: q,
          kind: n % 3 ? 'other' : `${q}.kind-${n}`,
          name: n % 2 ? `${q} no ${n}` : null,
        })),
        newRun({ projectId: q, kind: 'other', name: '50%_\\off' }),
      )
      await shift(
        runs.slice(4, 8).map((run) => run.id),
        'createdAt',
        -60,
      )
      const matching = (await list({ projectId: q })).filter(
        (run) => run.kind !== 'other' || run.name?.startsWith(q),
      )
      expect(await ids({ q })).toEqual(matching.map((run) => run.id))
      expect(await ids({ q, limit: 3 })).toEqual(matching.slice(0, 3).map((run) => run.id))
      expect(await ids({ projectId: q, q: '50%_\\' })).toHaveLength(1)
      expect(await ids({ projectId: q, q: '5_' })).toEqual([])
    })

    it('mixes what is shown and what is put away, in order', async () => {
      const { store, shift } = at()
      const projectId = unique('p')
      const runs = await enqueue(store, ...newRuns(18, { projectId }))
      for (const [n, { id }] of runs.entries()) {
        await store.raw(
          `UPDATE runs SET "storageState" = '${StorageState.options[n % 6]}' WHERE id = '${id}'`,
        )
        await shift([id], 'createdAt', -n)
      }
      const newest = runs.map((run) => run.id)
      expect(await ids({ projectId })).toEqual(newest)
      for (const some of [[0], [1], [2, 5], [0, 2], [1, 3, 4], [0, 1, 3]]) {
        const storageState = some.map((n) => must(StorageState.options[n]))
        const expected = newest.filter((_, n) => some.includes(n % 6))
        expect(await ids({ projectId, storageState })).toEqual(expected)
        expect(await ids({ projectId, storageState, limit: 4, sort: 'createdAt:asc' })).toEqual(
          expected.toReversed().slice(0, 4),
        )
      }
    })

    it('meets all conditions at once', async () => {
      const projectId = unique('p')
      const wanted = { projectId, kind: 'k', name: 'needle', labels: { env: 'prod' } }
      const [hit] = await enqueue(
        at().store,
        newRun(wanted),
        newRun({ ...wanted, kind: 'l' }),
        newRun({ ...wanted, name: 'other' }),
        newRun({ ...wanted, labels: { env: 'dev' } }),
      )
      const filter = {
        projectId,
        kind: 'k',
        q: 'need',
        label: { key: 'env', value: 'prod' },
        state: ['queued' as const],
      }
      expect(
        await ids({ ...filter, since: '2020-01-01T00:00:00.000Z', before: '2090-01-01T00:00:00.000Z' }),
      ).toEqual([hit?.id])
    })
  })
}

function newestFirst(a: Run, b: Run): number {
  const [one, two] = [a, b].map((run) => `${run.createdAt} ${run.id}`) as [string, string]
  return one < two ? 1 : -1
}
