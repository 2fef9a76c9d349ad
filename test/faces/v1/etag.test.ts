import { describe, expect, it } from 'vitest'
import { unique } from '../../support/make.ts'
import { enqueue, startOne, useApp } from './steps.ts'

const at = useApp()
const read = (id: string, tag?: string) =>
  at().request('GET', `/v1/runs/${id}`, tag === undefined ? {} : { headers: { 'if-none-match': tag } })

describe('the ETag of a run', () => {
  it('stays while the run does, and spares its body', async () => {
    const { id } = await enqueue(at())
    const first = await read(id)
    const tag = first.headers.get('etag') ?? ''
    expect(tag).toMatch(/^(W\/)?".+"$/)
    expect((await read(id)).headers.get('etag')).toBe(tag)
    for (const given of [tag, `W/${tag}`, `"other", ${tag}`]) {
      const again = await read(id, given)
      expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', tag])
    }
  })

  it('changes with the run', async () => {
    const { run, leaseToken } = await startOne(at(), { projectId: unique('p') })
    const tags = [(await read(run.id)).headers.get('etag') ?? '']
    await at().request('POST', `/v1/runs/${run.id}:cancel`)
    tags.push((await read(run.id)).headers.get('etag') ?? '')
    await at().request('POST', `/v1/runs/${run.id}:succeed`, { body: { leaseToken } })
    const last = await read(run.id, tags.join(', '))
    expect(last.status).toBe(200)
    expect(new Set([...tags, last.headers.get('etag')]).size).toBe(3)
  })

  it('says nothing to whoever may not see the run', async () => {
    const projectId = unique('theirs')
    const { id } = await enqueue(at(), { projectId })
    const tag = (await read(id)).headers.get('etag') ?? ''
    const { key } = await at().makeKey({ scopes: ['runs:read'], projectId: unique('mine') })
    const headers = { 'if-none-match': tag }
    expect((await at().request('GET', `/v1/runs/${id}`, { key, headers })).status).toBe(404)
    expect((await at().request('GET', `/v1/runs/${id}`, { key: null, headers })).status).toBe(401)
  })
})
