import { describe, expect, it } from 'vitest'
import type { Run } from '../../../lib/run/run.ts'
import { unique } from '../../support/make.ts'
import { eventTypes, must, useApp } from './steps.ts'

const at = useApp()

const post = (idempotencyKey: string, body: object | string, key?: string) =>
  at().request<Run>('POST', '/v1/runs', {
    ...(typeof body === 'string' ? { raw: body } : { body }),
    ...(key === undefined ? {} : { key }),
    headers: { 'idempotency-key': idempotencyKey },
  })

describe('an idempotency key', () => {
  it.each([{ projectId: null }, { projectId: 'acme' }])(
    'sent 20 times at once makes one run ($projectId)',
    async ({ projectId }) => {
      const key = unique('key')
      const body = { kind: 'once', projectId, input: { order: 7 } }
      const answers = await Promise.all(Array.from({ length: 20 }, () => post(key, body)))
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
      const replays = answers.filter(({ status }) => status === 200)
      expect(replays).toHaveLength(19)
      expect(replays.every(({ headers }) => headers.get('idempotency-replayed') === 'true')).toBe(true)
      const first = answers.find(({ status }) => status === 201)
      expect(first?.headers.get('idempotency-replayed')).toBeNull()
      expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1)
      expect(new Set(answers.map(({ headers }) => headers.get('location')))).toEqual(
        new Set([`/v1/runs/${first?.json.id}`]),
      )
      expect(await at().raw(`SELECT id FROM runs WHERE "idempotencyKey" = '${key}'`)).toHaveLength(1)
      expect(await eventTypes(at(), must(first).json.id)).toEqual(['run.enqueued'])
    },
  )

  it('sent at once to two instances makes one run', async () => {
    const key = unique('key')
    const other = await at().another()
    const sent = { body: { kind: 'once' }, headers: { 'idempotency-key': key } }
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        (n % 2 === 0 ? at() : other).request<Run>('POST', '/v1/runs', sent),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(19).fill(200), 201])
    expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1)
  })

  it('is refused for another body, naming the run it belongs to', async () => {
    const key = unique('key')
    const { json: first } = await post(key, { kind: 'a', input: 1 })
    for (const other of [
      { kind: 'a', input: 2 },
      { kind: 'b', input: 1 },
      { kind: 'a', input: 1, priority: 2 },
    ]) {
      const { status, text } = await post(key, other)
      expect(status).toBe(422)
      expect(text).toContain(first.id)
    }
    expect((await post(key, { kind: 'a', input: 1 })).status).toBe(200)
  })

  it('knows a body again whatever the order of its fields, and with its defaults said or unsaid', async () => {
    const key = unique('key')
    const first = await post(
      key,
      '{"kind":"a","input":{"x":1,"y":[{"p":1,"q":2}]},"labels":{"a":"1","b":"2"}}',
    )
    const again = await post(
      key,
      '{ "labels":{"b":"2","a":"1"}, "maxAttempts": 1, "input":{"y":[{"q":2,"p":1.0}],"x":1}, "priority":1, "kind":"a"}',
    )
    expect([first.status, again.status]).toEqual([201, 200])
    expect(again.json.id).toBe(first.json.id)
  })

  it('is another one in another project, and in none', async () => {
    const key = unique('key')
    const ids = new Set<string>()
    for (const projectId of [unique('p'), unique('p'), null]) {
      const { status, json } = await post(key, { kind: 'a', projectId })
      expect(status).toBe(201)
      ids.add(json.id)
    }
    expect(ids.size).toBe(3)
  })

  it('of a project key is of its project, said or unsaid', async () => {
    const idempotencyKey = unique('key')
    const projectId = unique('p')
    const { key } = await at().makeKey({ scopes: ['runs:write'], projectId })
    const first = await post(idempotencyKey, { kind: 'a' }, key)
    expect(first.json.projectId).toBe(projectId)
    const again = await post(idempotencyKey, { kind: 'a', projectId }, key)
    const byAdmin = await post(idempotencyKey, { kind: 'a', projectId })
    expect([first.status, again.status, byAdmin.status]).toEqual([201, 200, 200])
    expect(new Set([first, again, byAdmin].map(({ json }) => json.id)).size).toBe(1)
  })

  it('still gives the first run when it has ended', async () => {
    const key = unique('key')
    const { json } = await post(key, { kind: 'a' })
    await at().request('POST', `/v1/runs/${json.id}:cancel`)
    const again = await post(key, { kind: 'a' })
    expect([again.status, again.json.id, again.json.state]).toEqual([200, json.id, 'canceled'])
  })

  it('means nothing to a run without one: each is new', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => at().request<Run>('POST', '/v1/runs', { body: { kind: 'a' } })),
    )
    expect(answers.every(({ status }) => status === 201)).toBe(true)
    expect(new Set(answers.map(({ json }) => json.id)).size).toBe(5)
  })

  it('works in a batch, also twice in one', async () => {
    const idempotencyKey = unique('key')
    const runs = [
      { kind: 'a', idempotencyKey },
      { kind: 'a', idempotencyKey },
      { kind: 'b', idempotencyKey },
      { kind: 'c' },
    ]
    const { json } = await at().request<{ data: { status: number; run?: Run }[] }>('POST', '/v1/runs:batch', {
      body: { runs },
    })
    expect(json.data.map(({ status }) => status)).toEqual([201, 200, 422, 201])
    expect(json.data[1]?.run?.id).toBe(json.data[0]?.run?.id)
  })
})
