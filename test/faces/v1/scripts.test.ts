import { describe, expect, it } from 'vitest'
import type { Script } from '../../../lib/run/script.ts'
import { unique } from '../../support/make.ts'
import { enqueue, refusal, useApp } from './steps.ts'

const at = useApp()

const put = (name: string, body: object, query = '') =>
  at().request<Script>('PUT', `/v1/scripts/${encodeURIComponent(name)}${query}`, { body })
const get = (name: string, query = '') =>
  at().request<Script>('GET', `/v1/scripts/${encodeURIComponent(name)}${query}`)

describe('/v1/scripts', () => {
  it.each(['plain', 'with.dots', 'team/job', 'team:job', 'a/b:c@d'])(
    'sets up and reads a script by a name such as %s',
    async (shape) => {
      const name = unique(shape)
      const { status, json } = await put(name, { label: 'A', staleAfterSeconds: 7_200 })
      expect(status).toBe(200)
      expect(json).toMatchObject({ name, label: 'A', staleAfterSeconds: 7_200, projectId: null })
      expect((await get(name)).json).toEqual(json)
      expect((await put(name, { label: 'B' })).json).toEqual({ ...json, label: 'B' })
    },
  )

  it('knows a script of a project by its project', async () => {
    const projectId = unique('p')
    const { kind, scriptId } = await enqueue(at(), { projectId, kind: unique('script') })
    expect(await refusal(at(), 'GET', `/v1/scripts/${kind}`)).toMatchObject({ status: 404 })
    expect((await get(kind, `?projectId=${projectId}`)).json.id).toBe(scriptId)
    const { key } = await at().makeKey({ scopes: ['runs:read'], projectId })
    expect((await at().request('GET', `/v1/scripts/${kind}`, { key })).status).toBe(200)
    const other = await at().makeKey({ scopes: ['runs:read'], projectId: unique('q') })
    const theirs = `/v1/scripts/${kind}?projectId=${projectId}`
    expect(await refusal(at(), 'GET', theirs, { key: other.key })).toMatchObject({ status: 403 })
  })

  it('lists them, page by page', async () => {
    const projectId = unique('p')
    const made: string[] = []
    for (const kind of ['b', 'a', 'c']) made.push((await enqueue(at(), { projectId, kind })).kind)
    const list = (query: string) =>
      at().request<{ data: Script[]; nextCursor: number | null }>(
        'GET',
        `/v1/scripts?projectId=${projectId}${query}`,
      )
    const first = (await list('&limit=2')).json
    const second = (await list(`&limit=2&cursor=${first.nextCursor}`)).json
    expect([...first.data, ...second.data].map(({ name }) => name)).toEqual(['a', 'b', 'c'])
    expect(second.nextCursor).toBeNull()
  })

  it.each([{ staleAfterSeconds: 1 }, { label: 7 }, { options: [] }, { name: 'x', nothing: 1 }])(
    'refuses %j',
    async (body) => {
      const path = `/v1/scripts/${unique('script')}`
      expect(await refusal(at(), 'PUT', path, { body })).toMatchObject({ status: 422 })
    },
  )

  it('refuses a name that no kind could have', async () => {
    expect(await refusal(at(), 'GET', '/v1/scripts/two%20words')).toMatchObject({ status: 422 })
  })
})
