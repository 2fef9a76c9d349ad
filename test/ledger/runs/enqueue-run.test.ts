import { describe, expect, it } from 'vitest'
import { enqueueRun } from '../../../lib/ledger/runs/enqueue-run.ts'
import { getRun } from '../../../lib/ledger/runs/get-run.ts'
import { idempotencyHash } from '../../../lib/ledger/runs/idempotency.ts'
import { LIMITS } from '../../../lib/run/limits.ts'
import { unique } from '../../support/make.ts'
import { ENGINES, useLedger } from '../../support/open-ledger.ts'
import { enqueued, eventsOf, refusal, wholeOf } from '../steps.ts'

describe.each(ENGINES)('enqueue on $name', (engine) => {
  const at = useLedger(engine)

  it('asks for a kind alone; the rest has defaults', async () => {
    const { person, projectId } = at().tenant()
    const { run, replayed } = await enqueueRun(person, { kind: 'script.pull' })
    expect(replayed).toBe(false)
    expect(run).toMatchObject({
      projectId,
      kind: 'script.pull',
      state: 'queued',
      name: null,
      input: null,
      priority: 1,
      attempt: 0,
      maxAttempts: 1,
      timeoutSeconds: null,
      labels: {},
      idempotencyKey: null,
      fence: 0,
      createdBy: 'person',
    })
    expect(Math.abs(Date.parse(run.runAt) - Date.parse(run.createdAt))).toBeLessThan(5)
  })

  it('keeps all that it is given', async () => {
    const { person } = at().tenant()
    const item = {
      kind: 'script.pull',
      input: { depth: [1, { of: null }], text: 'naïve 😀', none: '' },
      priority: 3,
      maxAttempts: 5,
      timeoutSeconds: 90,
      name: 'the nightly one',
      labels: { team: 'data' },
      idempotencyKey: 'night 1',
    }
    expect(await enqueued(person, { ...item, runAt: '2030-01-01T02:00:00+02:00' })).toMatchObject({
      ...item,
      runAt: '2030-01-01T00:00:00.000Z',
    })
  })

  it('keeps keys in the input that objects have a meaning of their own for, and tells them apart', async () => {
    const { person } = at().tenant()
    const item = { kind: 'a', idempotencyKey: 'odd' }
    const odd = (value: number) =>
      JSON.parse(`{"a":{"__proto__":{"b":${value}},"constructor":1},"__proto__":null}`)
    const { id } = await enqueued(person, { ...item, input: odd(1) })
    const { input } = await getRun(person, { id })
    expect(idempotencyHash(input)).toBe(idempotencyHash(odd(1)))
    expect(Object.keys(input as object).toSorted()).toEqual(['__proto__', 'a'])
    expect((await enqueueRun(person, { ...item, input: odd(1) })).replayed).toBe(true)
    expect(await refusal(enqueueRun(person, { ...item, input: odd(2) }))).toMatchObject({ code: 'invalid' })
  })

  it('tells of it as run.enqueued, by whom it was', async () => {
    const ledger = at()
    const { id } = await enqueued(ledger.tenant().person)
    expect(await eventsOf(ledger, id)).toMatchObject([
      { type: 'run.enqueued', actor: 'person', data: { kind: 'test.run' } },
    ])
  })

  it('gives the first run back for its key and body, in whatever order and offset they are written', async () => {
    const ledger = at()
    const { person } = ledger.tenant()
    const key = { kind: 'k', idempotencyKey: 'once' }
    const first = await enqueueRun(person, { ...key, input: { a: 1, b: 2 }, runAt: '2030-01-01T00:00:00Z' })
    const before = await wholeOf(ledger, first.run.id)
    const again = await enqueueRun(person, {
      runAt: '2030-01-01T01:00:00.000+01:00',
      input: { b: 2, a: 1 },
      priority: 1,
      ...key,
    })
    expect(again).toEqual({ run: first.run, replayed: true })
    expect(await wholeOf(ledger, first.run.id)).toEqual(before)
  })

  it.each([
    ['input', { input: { a: 2 } }],
    ['kind', { kind: 'other' }],
    ['priority', { priority: 2 }],
    ['name', { name: 'another' }],
    ['labels', { labels: { a: 'b' } }],
    ['maxAttempts', { maxAttempts: 2 }],
  ])('refuses a key that was used with another %s, and names the run', async (_, change) => {
    const { person } = at().tenant()
    const item = { kind: 'k', input: { a: 1 }, idempotencyKey: 'once' }
    const first = await enqueued(person, item)
    const error = await refusal(enqueueRun(person, { ...item, ...change }))
    expect(error).toMatchObject({ code: 'invalid', message: expect.stringContaining(first.id) })
  })

  it('lets every project, and the system, use a key', async () => {
    const [a, b] = [at().tenant(), at().tenant()]
    const item = { idempotencyKey: unique('key') }
    const runs = await Promise.all([a.person, b.person, at().as()].map((ctx) => enqueued(ctx, item)))
    expect(new Set(runs.map(({ id }) => id)).size).toBe(3)
    expect(runs.map(({ projectId }) => projectId)).toEqual([a.projectId, b.projectId, null])
  })

  it('is for the key’s own project; a key without one names any, or none', async () => {
    const { person, projectId } = at().tenant()
    const everywhere = at().as('runs:write')
    expect((await enqueued(person, { projectId })).projectId).toBe(projectId)
    expect((await enqueued(everywhere, { projectId })).projectId).toBe(projectId)
    expect((await enqueued(everywhere)).projectId).toBeNull()
    for (const other of [unique('p'), null])
      expect(await refusal(enqueueRun(person, { kind: 'k', projectId: other }))).toMatchObject({
        code: 'forbidden',
      })
  })

  it('takes 256 KB of input and no byte more', async () => {
    const { person } = at().tenant()
    const input = 'x'.repeat(LIMITS.inputBytes - 2)
    expect((await enqueued(person, { input })).input).toBe(input)
    const error = await refusal(enqueueRun(person, { kind: 'k', input: `${input}x` }))
    expect(error).toMatchObject({ code: 'invalid', issues: [{ path: 'input' }] })
  })

  it.each([
    ['no kind', {}, 'kind'],
    ['a kind with spaces', { kind: 'a b' }, 'kind'],
    ['a field there is none of', { kind: 'k', prioritty: 1 }, ''],
    ['a priority of 4', { kind: 'k', priority: 4 }, 'priority'],
    ['no attempt at all', { kind: 'k', maxAttempts: 0 }, 'maxAttempts'],
    ['a hundred and one attempts', { kind: 'k', maxAttempts: 101 }, 'maxAttempts'],
    ['a timeout of no time', { kind: 'k', timeoutSeconds: 0 }, 'timeoutSeconds'],
    ['a day for an instant', { kind: 'k', runAt: '2030-01-01' }, 'runAt'],
    ['a year past all calendars', { kind: 'k', runAt: '9999-12-31T23:59:59-01:00' }, 'runAt'],
    ['NUL in a label', { kind: 'k', labels: { a: '\u0000' } }, 'labels'],
    ['half of a surrogate pair in the name', { kind: 'k', name: '\uD83D' }, 'name'],
    ['NUL in the input', { kind: 'k', input: { 'a\u0000': 1 } }, 'input'],
    ['a key with umlauts', { kind: 'k', idempotencyKey: 'ü' }, 'idempotencyKey'],
    ['an empty key', { kind: 'k', idempotencyKey: '' }, 'idempotencyKey'],
    ['a number', 42, ''],
    ['nothing', undefined, ''],
  ])('refuses %s, and says where', async (_, item, path) => {
    const error = await refusal(enqueueRun(at().tenant().person, item as never))
    expect(error.code).toBe('invalid')
    expect(error.issues[0]?.path).toBe(path)
  })

  it('refuses a secret and stores nothing', async () => {
    const { person, projectId } = at().tenant()
    const input = { ftp: 'ftp://user:hunter2hunter2@files.example.com/in' }
    const error = await refusal(enqueueRun(person, { kind: 'k', input }))
    expect(error).toMatchObject({ code: 'invalid', issues: [{ path: 'input.ftp' }] })
    expect(JSON.stringify([error.message, error.issues])).not.toContain('hunter2')
    const stored = await at().store.runs.list({ projectId, sort: 'createdAt:desc', limit: 10 })
    expect(stored).toEqual([])
  })
})
