import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import { cancelRun } from '../../../lib/ledger/runs/cancel-run.ts'
import { getRun } from '../../../lib/ledger/runs/get-run.ts'
import { listRunEvents } from '../../../lib/ledger/runs/list-run-events.ts'
import { listRuns } from '../../../lib/ledger/runs/list-runs.ts'
import { retryRun } from '../../../lib/ledger/runs/retry-run.ts'
import { toCursor } from '../../../lib/run/cursor.ts'
import { Run } from '../../../lib/run/run.ts'
import { unique } from '../../support/make.ts'
import { ENGINES, useLedger } from '../../support/open-ledger.ts'
import { enqueued, eventsOf, refusal, working } from '../steps.ts'

const ids = ({ data }: { data: { id: string }[] }) => data.map(({ id }) => id)

describe.each(ENGINES)('get on $name', (engine) => {
  const at = useLedger(engine)

  it('gives the run whole, in the shape of its state', async () => {
    const tenant = at().tenant()
    const { id } = await working(tenant, { labels: { a: 'b' }, input: { a: [1] } })
    const run = await getRun(tenant.person, { id })
    expect(Run.parse(run)).toEqual(run)
    expect(Object.keys(run).toSorted()).toEqual(Object.keys(Run.parse(run)).toSorted())
  })

  it('of an id there is none of is not found; of what is no id, invalid', async () => {
    const { person } = at().tenant()
    const id = ulid()
    const error = await refusal(getRun(person, { id }))
    expect(error).toMatchObject({ code: 'not_found', message: `there is no run ${id}` })
    for (const wrong of ['', '42', id.toLowerCase(), `${id}\u0000`, 42])
      expect(await refusal(getRun(person, { id: wrong as string }))).toMatchObject({
        code: 'invalid',
        issues: [{ path: 'id' }],
      })
  })
})

describe.each(ENGINES)('list on $name', (engine) => {
  const at = useLedger(engine)

  it('gives the newest first, 50 unless told otherwise, with a way to the next page', async () => {
    const { person } = at().tenant()
    const made: string[] = []
    for (let n = 0; n < 52; n++) made.push((await enqueued(person)).id)
    const first = await listRuns(person)
    expect(first.data).toHaveLength(50)
    const second = await listRuns(person, { cursor: first.nextCursor ?? '' })
    expect(second.nextCursor).toBeNull()
    expect([...ids(first), ...ids(second)]).toEqual(made.toReversed())
    expect(ids(await listRuns(person, { sort: 'createdAt:asc', limit: 3 }))).toEqual(made.slice(0, 3))
  })

  it('filters by all that it is asked for, also as the text of a query', async () => {
    const tenant = at().tenant()
    const { person } = tenant
    const a = await enqueued(person, { kind: 'a', labels: { team: 'data=1' }, name: 'Alpha' })
    const b = await enqueued(person, { kind: 'b' })
    await cancelRun(person, { id: b.id })
    await working(tenant, { kind: 'c', priority: 3 })
    const asked = async (input: Record<string, unknown>) => ids(await listRuns(person, input))
    expect(await asked({ state: 'queued,canceled' })).toEqual([b.id, a.id])
    expect(await asked({ state: ['queued'] })).toEqual([a.id])
    expect(await asked({ kind: 'b', limit: '10' })).toEqual([b.id])
    expect(await asked({ label: 'team=data=1' })).toEqual([a.id])
    expect(await asked({ label: 'team=data' })).toEqual([])
    expect(await asked({ q: 'Alp' })).toEqual([a.id])
    expect(await asked({ since: a.createdAt, before: '2999-01-01T00:00:00Z' })).toHaveLength(3)
    expect(await asked({ before: a.createdAt })).toEqual([])
    expect(await asked({ storageState: 'archived' })).toEqual([])
  })

  it('hides what is archived or deleted unless it is asked for', async () => {
    const ledger = at()
    const { person } = ledger.tenant()
    const states = ['active', 'archiving', 'archived', 'restoring', 'deleting', 'deleted']
    const made = new Map<string, string>()
    for (const state of states) {
      const { id } = await enqueued(person)
      await ledger.store.raw(`UPDATE runs SET "storageState" = '${state}' WHERE id = '${id}'`)
      made.set(id, state)
    }
    const shown = async (input: Record<string, unknown> = {}) =>
      ids(await listRuns(person, { sort: 'createdAt:asc', ...input })).map((id) => made.get(id))
    expect(await shown()).toEqual(['active', 'archiving', 'restoring'])
    expect(await shown({ storageState: 'archived,deleted' })).toEqual(['archived', 'deleted'])
    expect(await shown({ storageState: states })).toEqual(states)
  })

  it('is of the key’s own project; a key without one sees all, one, or the system’s', async () => {
    const ledger = at()
    const { person, projectId } = ledger.tenant()
    const everywhere = ledger.as('runs:read')
    const name = unique('n')
    const own = await enqueued(person, { name })
    const system = await enqueued(ledger.as(), { name })
    expect(ids(await listRuns(person, { q: name }))).toEqual([own.id])
    expect(ids(await listRuns(person, { q: name, projectId }))).toEqual([own.id])
    expect(ids(await listRuns(everywhere, { q: name }))).toEqual([system.id, own.id])
    expect(ids(await listRuns(everywhere, { q: name, projectId }))).toEqual([own.id])
    expect(ids(await listRuns(everywhere, { q: name, projectId: null }))).toEqual([system.id])
    for (const other of [null, unique('p')])
      expect(await refusal(listRuns(person, { projectId: other }))).toMatchObject({ code: 'forbidden' })
  })

  it.each([
    ['101 a page', { limit: 101 }, 'limit'],
    ['none', { limit: 0 }, 'limit'],
    ['a few', { limit: 'few' }, 'limit'],
    ['a state there is none of', { state: 'queued,lost' }, 'state.1'],
    ['a label without a value', { label: 'team' }, 'label'],
    ['NUL in a label', { label: 'team=\u0000' }, 'label'],
    ['two lines in q', { q: 'a\nb' }, 'q'],
    ['a cursor made up', { cursor: 'abc' }, 'cursor'],
    [
      'a cursor of the year 0',
      { cursor: toCursor({ createdAt: '0000-01-01T00:00:00.000Z', id: ulid() }) },
      'cursor',
    ],
    ['since after before', { since: '2026-02-01T00:00:00Z', before: '2026-01-01T00:00:00Z' }, 'since'],
    ['since at before', { since: '2026-01-01T00:00:00Z', before: '2026-01-01T01:00:00+01:00' }, 'since'],
    ['since the year 0', { since: '0000-01-01T00:00:00Z' }, 'since'],
    ['an order there is none of', { sort: 'name' }, 'sort'],
    ['a filter there is none of', { colour: 'red' }, ''],
  ])('refuses %s, and says where', async (_, input, path) => {
    const error = await refusal(listRuns(at().tenant().person, input as never))
    expect(error.code).toBe('invalid')
    expect(error.issues[0]?.path).toBe(path)
  })
})

describe.each(ENGINES)('events on $name', (engine) => {
  const at = useLedger(engine)

  it('are given oldest first, after the one last seen, a page at a time', async () => {
    const ledger = at()
    const { person } = ledger.tenant()
    const { id } = await enqueued(person)
    for (let n = 0; n < 3; n++) {
      await cancelRun(person, { id })
      await retryRun(person, { id })
    }
    const all = await eventsOf(ledger, id)
    expect(all).toHaveLength(7)
    const first = await listRunEvents(person, { id, limit: 4 })
    expect(first).toEqual({ data: all.slice(0, 4), nextAfter: all[3]?.id })
    const rest = await listRunEvents(person, { id, after: first.nextAfter ?? 0, limit: 4 })
    expect(rest).toEqual({ data: all.slice(4), nextAfter: null })
    expect(await listRunEvents(person, { id, after: Number.MAX_SAFE_INTEGER })).toEqual({
      data: [],
      nextAfter: null,
    })
    expect((await listRunEvents(person, { id })).data).toEqual(all)
  })

  it('of a run there is none of are not found; other questions are refused', async () => {
    const { person } = at().tenant()
    const { id } = await enqueued(person)
    expect(await refusal(listRunEvents(person, { id: ulid() }))).toMatchObject({ code: 'not_found' })
    for (const input of [{ id, after: -1 }, { id, after: 'x' }, { id, limit: 501 }, { id: 'x' }, {}])
      expect(await refusal(listRunEvents(person, input as never))).toMatchObject({ code: 'invalid' })
  })
})
