import { describe, expect, it } from 'vitest'
import type { Run } from '../../../lib/run/run.ts'
import { unique } from '../../support/make.ts'
import { claim, enqueue, must, type Page, refusal, startOne, useApp } from './steps.ts'

const at = useApp()

async function list(query: Record<string, string>): Promise<string[]> {
  const { status, json, text } = await at().request<Page<Run>>(
    'GET',
    `/v1/runs?${new URLSearchParams(query)}`,
  )
  expect(status, text).toBe(200)
  return json.data.map(({ id }) => id)
}

/** One run in each of four states. */
async function someStates(projectId: string) {
  const { run: running } = await startOne(at(), { projectId, kind: 'alpha' })
  const { run: failed, leaseToken } = await startOne(at(), { projectId, kind: 'beta' })
  await at().request('POST', `/v1/runs/${failed.id}:fail`, { body: { leaseToken, error: 'no' } })
  const canceled = await enqueue(at(), { projectId, kind: 'alpha' })
  await at().request('POST', `/v1/runs/${canceled.id}:cancel`)
  const queued = await enqueue(at(), { projectId, kind: 'beta', labels: { team: 'data', 'a.b': 'x=y' } })
  return { queued: queued.id, running: running.id, failed: failed.id, canceled: canceled.id }
}

describe('GET /v1/runs', () => {
  it('lists by project, newest first, and the other way round', async () => {
    const projectId = unique('p')
    const { queued, running, failed, canceled } = await someStates(projectId)
    const newestFirst = [queued, canceled, failed, running]
    expect(await list({ projectId })).toEqual(newestFirst)
    expect(await list({ projectId, sort: 'createdAt:asc' })).toEqual(newestFirst.toReversed())
    expect(await list({ projectId: unique('nobody') })).toEqual([])
  })

  it('lists by one state or several', async () => {
    const projectId = unique('p')
    const { queued, running, failed, canceled } = await someStates(projectId)
    expect(await list({ projectId, state: 'failed' })).toEqual([failed])
    expect(await list({ projectId, state: 'running,canceled' })).toEqual([canceled, running])
    expect(await list({ projectId, state: 'succeeded' })).toEqual([])
    expect(await list({ projectId, state: 'queued,running,succeeded,failed,canceled' })).toHaveLength(4)
    expect(await list({ projectId, state: 'queued' })).toEqual([queued])
  })

  it('lists by kind, by label and by the beginning of id, kind or name', async () => {
    const projectId = unique('p')
    const { queued, running, failed, canceled } = await someStates(projectId)
    const named = await enqueue(at(), { projectId, kind: 'gamma', name: '50%_off ünïcode' })
    expect(await list({ projectId, kind: 'alpha' })).toEqual([canceled, running])
    expect(await list({ projectId, label: 'team=data' })).toEqual([queued])
    expect(await list({ projectId, label: 'a.b=x=y' })).toEqual([queued])
    expect(await list({ projectId, label: 'team=dat' })).toEqual([])
    expect(await list({ projectId, q: 'be' })).toEqual([queued, failed])
    expect(await list({ projectId, q: failed })).toEqual([failed])
    expect(await list({ projectId, q: '50%_off ü' })).toEqual([named.id])
    expect(await list({ projectId, q: '%' })).toEqual([])
    expect(await list({ projectId, q: `' OR true --` })).toEqual([])
  })

  it('lists what is in reach unless asked for what is archived or deleted', async () => {
    const projectId = unique('p')
    const { queued, running, failed, canceled } = await someStates(projectId)
    await at().raw(`UPDATE runs SET "storageState" = 'archived' WHERE id = '${failed}'`)
    await at().raw(`UPDATE runs SET "storageState" = 'deleted' WHERE id = '${canceled}'`)
    expect(await list({ projectId })).toEqual([queued, running])
    expect(await list({ projectId, storageState: 'archived' })).toEqual([failed])
    expect(await list({ projectId, storageState: 'archived,deleted,active' })).toHaveLength(4)
  })

  it('lists from an instant on and up to but not at another', async () => {
    const projectId = unique('p')
    const first = await enqueue(at(), { projectId })
    const second = await enqueue(at(), { projectId })
    const third = await enqueue(at(), { projectId })
    for (const [n, { id }] of [first, second, third].entries())
      await at().raw(`UPDATE runs SET "createdAt" = '2026-01-0${n + 1}T00:00:00Z' WHERE id = '${id}'`)
    expect(await list({ projectId, since: '2026-01-02T00:00:00Z' })).toEqual([third.id, second.id])
    expect(await list({ projectId, before: '2026-01-02T00:00:00Z' })).toEqual([first.id])
    expect(await list({ projectId, since: '2026-01-02T00:00:00Z', before: '2026-01-03T00:00:00Z' })).toEqual([
      second.id,
    ])
    expect(await list({ projectId, since: '2026-01-02T01:00:00+01:00' })).toEqual([third.id, second.id])
  })
})

describe('projectId=-', () => {
  it('lists the runs of no project, for a key of no project', async () => {
    const kind = unique('kind')
    const system = await enqueue(at(), { kind })
    const other = await enqueue(at(), { kind, projectId: unique('p') })
    expect(await list({ kind })).toEqual([other.id, system.id])
    expect(await list({ kind, projectId: '-' })).toEqual([system.id])
    expect(await list({ kind, projectId: '-', limit: '1' })).toEqual([system.id])
  })

  it('is another project’s to a project key', async () => {
    const { key } = await at().makeKey({ scopes: ['runs:read'], projectId: unique('p') })
    for (const projectId of ['-', unique('theirs')])
      expect(await refusal(at(), 'GET', `/v1/runs?projectId=${projectId}`, { key })).toMatchObject({
        status: 403,
        code: 'forbidden',
      })
  })

  it('is not said so in a body, where null is: no project is called that', async () => {
    const body = { kind: 'a', workerId: 'w', projectId: '-' }
    const { kind, workerId, projectId } = body
    expect((await refusal(at(), 'POST', '/v1/runs', { body: { kind, projectId } })).status).toBe(422)
    expect((await refusal(at(), 'POST', '/v1/runs:claim', { body: { workerId, projectId } })).status).toBe(
      422,
    )
    const own = unique('kind')
    const { id } = await enqueue(at(), { kind: own, projectId: null })
    const held = await claim(at(), { kinds: [own], projectId: null })
    expect(held.map(({ run }) => [run.id, run.projectId])).toEqual([[id, null]])
  })
})

describe('a question that cannot be answered', () => {
  const cursor = (text: string) => Buffer.from(text).toString('base64url')
  const wrong: [query: string, path: string][] = [
    ['since=2026-02-01T00:00:00Z&before=2026-01-01T00:00:00Z', 'since'],
    ['since=2026-02-01T00:00:00Z&before=2026-02-01T00:00:00Z', 'since'],
    ['since=yesterday', 'since'],
    ['since=2026-02-30T00:00:00Z', 'since'],
    ['since=2026-02-01', 'since'],
    ['before=%00', 'before'],
    ['cursor=nonsense', 'cursor'],
    ['cursor=', 'cursor'],
    ['cursor=%00', 'cursor'],
    [`cursor=${cursor('2026-01-01T00:00:00Z')}`, 'cursor'],
    [`cursor=${cursor('2026-01-01T00:00:00Z nonsense')}`, 'cursor'],
    [`cursor=${cursor('never 01KBQK6M3V8Z5W0X2Y4A6C8E9G')}`, 'cursor'],
    [`cursor=${cursor('0000-01-01T00:00:00Z 01KBQK6M3V8Z5W0X2Y4A6C8E9G')}`, 'cursor'],
    [`cursor=${'a'.repeat(201)}`, 'cursor'],
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=abc', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=-1', 'limit'],
    ['limit=', 'limit'],
    ['limit=NaN', 'limit'],
    ['limit=1e400', 'limit'],
    ['sort=name', 'sort'],
    ['sort=createdAt:up', 'sort'],
    ['state=done', 'state.0'],
    ['state=', 'state.0'],
    ['state=queued,', 'state.1'],
    ['storageState=gone', 'storageState.0'],
    ['label=team', 'label'],
    ['label==x', 'label'],
    ['label=a%00%3Db', 'label'],
    ['q=', 'q'],
    ['q=a%00', 'q'],
    ['q=a%0A', 'q'],
    [`q=${'a'.repeat(201)}`, 'q'],
    ['kind=%20', 'kind'],
    ['kind=a%00', 'kind'],
    ['projectId=', 'projectId'],
    ['projectId=a%00b', 'projectId'],
    ['projectId=--', 'projectId'],
    ['projectId=-a', 'projectId'],
    ['limit=1&limit=2', 'limit'],
    ['state=queued&state=failed', 'state'],
    ['since=0000-01-01T00:00:00Z', 'since'],
    ['before=9999-12-31T23:59:59-23:59', 'before'],
    ['unknown=1', ''],
    ['Limit=1', ''],
  ]

  it.each(wrong)('%s is refused, naming what to change', async (query, path) => {
    const problem = await refusal(at(), 'GET', `/v1/runs?${query}`)
    expect(problem).toMatchObject({ status: 422, code: 'invalid' })
    expect(must(problem.errors?.[0]).path, problem.text).toBe(path)
  })

  it('names the parameter it does not know', async () => {
    expect((await refusal(at(), 'GET', '/v1/runs?projectid=a')).detail).toContain('projectid')
  })

  it.each(['q=%ff', 'q=%', 'q=%ED%A0%80', '%=1', 'q=%F0%9F%8E%89', '&&&', '=', '__proto__=1'])(
    'answers %s one way or the other',
    async (query) => {
      expect((await at().request('GET', `/v1/runs?${query}`)).status).toBeLessThan(500)
    },
  )
})
