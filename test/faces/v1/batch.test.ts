import { describe, expect, it } from 'vitest'
import type { Problem } from '../../../lib/http/problem.ts'
import type { Run } from '../../../lib/run/run.ts'
import { unique } from '../../support/make.ts'
import { refusal, useApp } from './steps.ts'

interface Item {
  status: number
  run?: Run
  problem?: Problem
}

const at = useApp()
const post = (runs: unknown[], key?: string) =>
  at().request<{ data: Item[] }>('POST', '/v1/runs:batch', { body: { runs }, ...(key ? { key } : {}) })

describe('POST /v1/runs:batch', () => {
  it('takes a thousand, and answers each in order', async () => {
    const projectId = unique('p')
    const runs = Array.from({ length: 1_000 }, (_, n) => ({ kind: `kind-${n}`, projectId, input: { n } }))
    const { status, json } = await post(runs)
    expect(status).toBe(200)
    expect(json.data.map(({ status, run }) => [status, run?.kind])).toEqual(
      runs.map(({ kind }) => [201, kind]),
    )
    expect(await at().raw(`SELECT id FROM runs WHERE "projectId" = '${projectId}'`)).toHaveLength(1_000)
  })

  it('refuses a thousand and one, and none at all', async () => {
    const projectId = unique('p')
    for (const count of [1_001, 0]) {
      const runs = Array(count).fill({ kind: 'a', projectId })
      expect(await refusal(at(), 'POST', '/v1/runs:batch', { body: { runs } })).toMatchObject({ status: 422 })
    }
    expect(await at().raw(`SELECT id FROM runs WHERE "projectId" = '${projectId}'`)).toEqual([])
  })

  it('takes the good ones and says of each bad one what is wrong with it', async () => {
    const { json } = await post([
      { kind: 'good' },
      { kind: '' },
      { kind: 'good', priority: 9 },
      { kind: 'good', surprise: 1 },
      null,
      'text',
      [],
      { kind: 'good', input: { password: { $secret: 'db' } } },
    ])
    expect(json.data.map(({ status }) => status)).toEqual([201, 422, 422, 422, 422, 422, 422, 201])
    const wrong = json.data.filter(({ problem }) => problem)
    expect(wrong.map(({ problem }) => problem?.errors?.[0]?.path)).toEqual([
      'kind',
      'priority',
      '',
      '',
      '',
      '',
    ])
    expect(wrong.every(({ problem }) => problem?.requestId)).toBe(true)
    expect(wrong[2]?.problem?.detail).toContain('surprise')
  })

  it('refuses a project key only the runs of other projects', async () => {
    const projectId = unique('mine')
    const { key } = await at().makeKey({ scopes: ['runs:write'], projectId })
    const { json } = await post(
      [{ kind: 'a' }, { kind: 'a', projectId: unique('theirs') }, { kind: 'a', projectId }],
      key,
    )
    expect(json.data.map(({ status, run }) => [status, run?.projectId])).toEqual([
      [201, projectId],
      [403, undefined],
      [201, projectId],
    ])
  })

  it.each([{}, { runs: null }, { runs: {} }, { runs: 'a' }, { run: [] }, [], null, 7])(
    'refuses a body without a list: %j',
    async (body) => {
      expect(await refusal(at(), 'POST', '/v1/runs:batch', { body })).toMatchObject({
        status: 422,
        code: 'invalid',
      })
    },
  )
})
