import { describe, expect, it } from 'vitest'
import type { OpenStore } from '../../lib/ports/open-store.ts'
import { UNTIL_RELEASED } from '../../lib/run/hold.ts'
import { StorageState } from '../../lib/run/run.ts'
import { newRun, unique } from '../support/make.ts'
import { type Engine, must, useHarness } from './harness.ts'
import { auditEntry, auditOf, finishedRun, holdOf } from './retention-steps.ts'
import { enqueue, eventsOf, getRun, startRun } from './steps.ts'

/** What `lib/ports/retention-store.ts` promises, on one engine. */
export function retentionStoreContract(engine: Engine): void {
  describe(`the retention store on ${engine.name}`, () => {
    const at = useHarness(engine)
    const later = '2101-01-01T00:00:00.000Z'

    describe('a hold', () => {
      it('is on the run, in its history, among its holds and in the audit', async () => {
        const { store } = at()
        const run = await finishedRun(store)
        const held = must(await store.retentionStore.hold(holdOf(run.id)))
        expect(held).toEqual({ ...run, holdUntil: holdOf('').until, updatedAt: held.updatedAt })
        expect(await getRun(store, run.id)).toEqual(held)
        const data = { reason: 'an audit', until: held.holdUntil }
        expect((await eventsOf(store, run.id)).at(-1)).toMatchObject({ type: 'run.held', actor: 'ada', data })
        const [row, ...others] = await auditOf(store, run.id)
        expect(others).toEqual([])
        expect(row).toMatchObject({
          action: 'run.held',
          phase: null,
          actor: 'ada',
          reason: 'an audit',
          jobId: run.id,
        })
        expect(row?.stats).toMatchObject({ until: held.holdUntil, state: 'succeeded' })
        expect(await store.retentionStore.holds(run.id, 10)).toMatchObject([
          { runId: run.id, reason: 'an audit', heldBy: 'ada', until: held.holdUntil, releasedAt: null },
        ])
      })

      it('ends the one before', async () => {
        const { store } = at()
        const { id } = await finishedRun(store)
        await store.retentionStore.hold(holdOf(id))
        await store.retentionStore.hold(
          holdOf(id, { until: UNTIL_RELEASED, actor: 'bob', reason: 'a trial' }),
        )
        expect((await getRun(store, id)).holdUntil).toBe(UNTIL_RELEASED)
        expect(await store.retentionStore.holds(id, 10)).toMatchObject([
          { reason: 'a trial', heldBy: 'bob', releasedAt: null },
          { reason: 'an audit', heldBy: 'ada', releasedBy: 'bob', releaseReason: 'held anew' },
        ])
        expect(await store.retentionStore.holds(id, 1)).toHaveLength(1)
      })

      it('that has expired ended by itself', async () => {
        const { store } = at()
        const { id } = await finishedRun(store)
        await store.retentionStore.hold(holdOf(id))
        await store.raw(`UPDATE holds SET "until" = now() - interval '1 hour' WHERE "runId" = '${id}'`)
        await store.retentionStore.hold(holdOf(id))
        const [, expired] = await store.retentionStore.holds(id, 10)
        expect(expired).toMatchObject({
          releasedBy: null,
          releaseReason: 'it expired',
          releasedAt: expired?.until,
        })
      })

      it.each(StorageState.options)(
        'of a run whose storage is %s is given, or refused where it is going',
        async (storageState) => {
          const { store } = at()
          const { id } = await finishedRun(store, {}, { columns: { storageState } })
          const isThere = storageState !== 'deleting' && storageState !== 'deleted'
          for (const change of [
            () => store.retentionStore.hold(holdOf(id)),
            () => store.retentionStore.retain(holdOf(id)),
          ]) {
            const before = await told(store, id)
            const run = await change()
            if (isThere) expect(run).toMatchObject({ id, storageState })
            else expect([run, await told(store, id)]).toEqual([null, before])
          }
        },
      )

      it('of a run that waits or works is given', async () => {
        const { store } = at()
        const projectId = unique('p')
        const [queued] = await enqueue(store, newRun({ projectId: unique('p') }))
        const running = await startRun(store, { projectId })
        for (const run of [must(queued), running])
          expect(await store.retentionStore.hold(holdOf(run.id))).toMatchObject({
            state: run.state,
            holdUntil: holdOf('').until,
          })
      })

      it('of no run is null', async () => {
        const { retentionStore } = at().store
        const { id } = newRun()
        expect(await retentionStore.hold(holdOf(id))).toBeNull()
        expect(await retentionStore.release(holdOf(id))).toBeNull()
        expect(await retentionStore.retain(holdOf(id))).toBeNull()
      })

      it('is released of a deleted run, too, and not of one that is being deleted', async () => {
        const { store } = at()
        const { id } = await finishedRun(store)
        await store.retentionStore.hold(holdOf(id))
        await store.raw(`UPDATE runs SET "storageState" = 'deleting' WHERE id = '${id}'`)
        expect(await store.retentionStore.release(holdOf(id))).toBeNull()
        await store.raw(`UPDATE runs SET "storageState" = 'deleted' WHERE id = '${id}'`)
        expect(await store.retentionStore.release(holdOf(id))).toMatchObject({ id, holdUntil: null })
      })

      it('is released once', async () => {
        const { store } = at()
        const { id } = await finishedRun(store)
        await store.retentionStore.hold(holdOf(id))
        const released = await store.retentionStore.release(
          holdOf(id, { actor: 'bob', reason: 'it is over' }),
        )
        expect(released).toMatchObject({ id, holdUntil: null })
        expect(await store.retentionStore.holds(id, 10)).toMatchObject([
          { releasedBy: 'bob', releaseReason: 'it is over' },
        ])
        const before = await told(store, id)
        expect(await store.retentionStore.release(holdOf(id))).toBeNull()
        expect(await told(store, id)).toEqual(before)
        expect((await auditOf(store, id)).map(({ action }) => action)).toEqual(['run.held', 'run.released'])
      })

      it('and a delete at the same moment: one of them finds that it came too late', async () => {
        const [first, second] = await at().several(2)
        const [holder, deleter] = [must(first), must(second)]
        const outcomes = { held: 0, deleting: 0 }
        for (let round = 0; round < 40; round++) {
          const runs = await Promise.all(Array.from({ length: 5 }, () => finishedRun(holder)))
          await Promise.all(
            runs.map(async ({ id }, n) => {
              const hold = () => holder.retentionStore.hold(holdOf(id))
              const remove = () => deleter.raw(DELETING(id))
              // Now one begins first, now the other.
              const calls = (n + round) % 2 === 0 ? [hold(), remove()] : [remove(), hold()].reverse()
              const [held, deleted] = await Promise.all(calls as [Promise<unknown>, Promise<unknown[]>])
              const run = await getRun(holder, id)
              expect([held === null, deleted.length]).toEqual(held === null ? [true, 1] : [false, 0])
              expect(run.storageState).toBe(held === null ? 'deleting' : 'active')
              expect(run.holdUntil === null).toBe(held === null)
              outcomes[held === null ? 'deleting' : 'held']++
            }),
          )
        }
        expect(outcomes.held + outcomes.deleting).toBe(200)
      })
    })

    it('keeps a run for longer, with the instant before in its history', async () => {
      const { store } = at()
      const { id } = await finishedRun(store)
      const until = holdOf('').until
      expect(await store.retentionStore.retain(holdOf(id))).toMatchObject({
        retainUntil: until,
        holdUntil: null,
      })
      expect(await store.retentionStore.retain(holdOf(id, { until: later }))).toMatchObject({
        retainUntil: later,
      })
      expect(await store.retentionStore.retain({ ...holdOf(id), until: null })).toMatchObject({
        retainUntil: null,
      })
      const events = (await eventsOf(store, id)).filter(({ type }) => type === 'run.retained')
      expect(events.map(({ data }) => [data.until, data.before])).toEqual([
        [until, undefined],
        [later, until],
        [null, later],
      ])
      expect((await auditOf(store, id)).map(({ stats }) => stats.until)).toEqual([until, later, null])
      expect(await store.retentionStore.holds(id, 10)).toEqual([])
    })

    describe('policies', () => {
      const change = (expected: number, rules: unknown = []) => ({
        rules,
        reason: null,
        setBy: 'ada',
        expected,
        audit: auditEntry({ action: 'policies.changed' }),
      })

      it('are kept one revision after the other, each set once', async () => {
        const { store } = at()
        const { retentionStore } = store
        expect(await retentionStore.policies(10)).toEqual([])
        const rules = [{ kind: 'a', deleteAfterDays: 3 }]
        const first = must(await retentionStore.setPolicies(change(0, rules)))
        expect(first).toMatchObject({ revision: 1, rules, setBy: 'ada', reason: null })
        const tries = await Promise.all(
          Array.from({ length: 8 }, () => retentionStore.setPolicies(change(1))),
        )
        expect(tries.filter((one) => one !== null)).toHaveLength(1)
        expect(await retentionStore.setPolicies(change(1))).toBeNull()
        expect(await retentionStore.setPolicies(change(7))).toBeNull()
        expect((await retentionStore.policies(10)).map(({ revision }) => revision)).toEqual([2, 1])
        expect(await retentionStore.policies(1)).toHaveLength(1)
        expect(await store.audit.list({ action: 'policies.changed', limit: 10 })).toHaveLength(2)
      })
    })

    describe('the last of a kind', () => {
      it('is found by when it was made, in its project, among those that have ended and are there', async () => {
        const { store } = at()
        const [projectId, kind] = [unique('p'), unique('kind')]
        const made = async (secondsAgo: number, storageState = 'active') =>
          await finishedRun(store, { projectId, kind }, { secondsAgo, columns: { storageState } })
        const runs = [
          await made(500, 'archived'),
          await made(400),
          await made(300, 'archived'),
          await made(200),
        ]
        await made(100, 'deleted')
        await made(50, 'deleting')
        await finishedRun(store, { projectId: unique('p'), kind })
        await finishedRun(store, { projectId, kind: unique('kind') })
        await startRun(store, { projectId, kind })
        const asked = [1, 2, 3, 4, 5].map((count) => ({ projectId, kind, count }))
        const places = await store.retentionStore.lastOfKind(asked)
        expect(places).toEqual([...runs.toReversed().map(({ createdAt, id }) => ({ createdAt, id })), null])
      })

      it('of no project is not that of another', async () => {
        const { store } = at()
        const kind = unique('kind')
        await finishedRun(store, { projectId: unique('p'), kind })
        const [none] = await store.retentionStore.lastOfKind([{ projectId: null, kind, count: 1 }])
        expect(none).toBeNull()
        const own = await enqueue(store, newRun({ kind, projectId: null }))
        await store.raw(`UPDATE runs SET state = 'canceled', "finishedAt" = now() WHERE id = '${own[0]?.id}'`)
        const [found] = await store.retentionStore.lastOfKind([{ projectId: null, kind, count: 1 }])
        expect(found?.id).toBe(own[0]?.id)
      })

      it('of nothing that was asked for is nothing', async () => {
        expect(await at().store.retentionStore.lastOfKind([])).toEqual([])
      })
    })

    describe('what has finished', () => {
      it('is walked from the last created, page by page: what is there, then what is archived', async () => {
        const { store } = at()
        const projectId = unique('p')
        const made = async (secondsAgo: number, storageState: string) =>
          await finishedRun(store, { projectId }, { secondsAgo, columns: { storageState } })
        const [old, archived, young] = [
          await made(900, 'active'),
          await made(800, 'archived'),
          await made(10, 'active'),
        ]
        const restoring = await made(700, 'restoring')
        await made(600, 'deleting')
        await made(600, 'deleted')
        await startRun(store, { projectId })
        const until = new Date(Date.parse(must(young.finishedAt)) - 1_000).toISOString()
        const page = { until, projectId, limit: 1 }
        const { retentionStore } = store
        const [first] = await retentionStore.finished({ ...page, isArchived: false })
        expect(first?.id).toBe(restoring.id)
        const [second] = await retentionStore.finished({ ...page, isArchived: false, after: must(first) })
        expect(old).toMatchObject(must(second))
        expect(await retentionStore.finished({ ...page, isArchived: false, after: must(second) })).toEqual([])
        expect(await retentionStore.finished({ ...page, isArchived: true })).toMatchObject([
          { id: archived.id },
        ])
        const upTo = { ...page, until: must(young.finishedAt), isArchived: false, limit: 10 }
        expect((await retentionStore.finished(upTo)).map(({ id }) => id)).toEqual([
          young.id,
          restoring.id,
          old.id,
        ])
      })

      it('is that of a kind or of no project where that is asked for', async () => {
        const { store } = at()
        const [projectId, kind] = [unique('p'), unique('kind')]
        const { id } = await finishedRun(store, { projectId, kind })
        await finishedRun(store, { projectId })
        const until = await store.retentionStore.now()
        const page = { until, isArchived: false, limit: 10 }
        const idsOf = async (filter: object) =>
          (await store.retentionStore.finished({ ...page, ...filter })).map((run) => run.id)
        expect(await idsOf({ kind })).toEqual([id])
        expect(await idsOf({ kind, projectId })).toEqual([id])
        expect(await idsOf({ kind, projectId: null })).toEqual([])
      })
    })
  })
}

/** What a deletion does first. */
const DELETING = (id: string) =>
  `UPDATE runs SET "storageState" = 'deleting' WHERE id = '${id}' AND "storageState" = 'active'
     AND ("holdUntil" IS NULL OR "holdUntil" <= now()) RETURNING id`

async function told(store: OpenStore, id: string): Promise<unknown> {
  return [
    await getRun(store, id),
    await eventsOf(store, id),
    await auditOf(store, id),
    await store.retentionStore.holds(id, 10),
  ]
}
