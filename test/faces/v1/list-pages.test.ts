import { describe, expect, it } from 'vitest'
import type { Run } from '../../../lib/run/run.ts'
import { unique } from '../../support/make.ts'
import { enqueueMany, type Page, pagesFrom, useApp } from './steps.ts'

const at = useApp()

const idsOf = (pages: Run[][]) => pages.flat().map(({ id }) => id)

describe('250 runs of one batch', () => {
  it.each(['desc', 'asc'])('page as 100, 100, 50 (%s), none twice, none missing', async (direction) => {
    const projectId = unique('p')
    const runs = await enqueueMany(at(), Array(250).fill({ projectId }))
    const pages = await pagesFrom(
      at(),
      `/v1/runs?projectId=${projectId}&limit=100&sort=createdAt:${direction}`,
    )
    expect(pages.map((page) => page.length)).toEqual([100, 100, 50])
    const inOrder = runs.map(({ id }) => id).sort()
    expect(idsOf(pages)).toEqual(direction === 'asc' ? inOrder : inOrder.toReversed())
  })

  it('page so while new ones come in, of which those that come behind the reader are not shown', async () => {
    const projectId = unique('p')
    const runs = await enqueueMany(at(), Array(250).fill({ projectId }))
    const more = () => enqueueMany(at(), Array(20).fill({ projectId }))
    const pages = await pagesFrom(at(), `/v1/runs?projectId=${projectId}&limit=100`, more)
    expect(pages.map((page) => page.length)).toEqual([100, 100, 50])
    expect(new Set(idsOf(pages))).toEqual(new Set(runs.map(({ id }) => id)))
  })

  it('keep the filter of the first page on the next ones', async () => {
    const projectId = unique('p')
    await enqueueMany(
      at(),
      Array.from({ length: 250 }, (_, n) => ({
        projectId,
        kind: n % 2 === 0 ? 'even' : 'odd',
        labels: { a: 'b c&d' },
      })),
    )
    const pages = await pagesFrom(
      at(),
      `/v1/runs?projectId=${projectId}&kind=even&limit=100&label=a%3Db%20c%26d`,
    )
    expect(pages.map((page) => page.length)).toEqual([100, 25])
    expect(pages.flat().every(({ kind }) => kind === 'even')).toBe(true)
  })

  it('page by 50 unless told', async () => {
    const projectId = unique('p')
    await enqueueMany(at(), Array(101).fill({ projectId }))
    const pages = await pagesFrom(at(), `/v1/runs?projectId=${projectId}`)
    expect(pages.map((page) => page.length)).toEqual([50, 50, 1])
  })

  it('end without a next page where the last one is full', async () => {
    const projectId = unique('p')
    await enqueueMany(at(), Array(20).fill({ projectId }))
    const pages = await pagesFrom(at(), `/v1/runs?projectId=${projectId}&limit=10`)
    expect(pages.map((page) => page.length)).toEqual([10, 10])
  })
})

describe('a project key', () => {
  it('pages through its own project alone', async () => {
    const [mine, theirs] = [unique('mine'), unique('theirs')]
    await enqueueMany(
      at(),
      Array.from({ length: 30 }, (_, n) => ({ projectId: n % 2 === 0 ? mine : theirs })),
    )
    const { key } = await at().makeKey({ scopes: ['runs:read'], projectId: mine })
    const { json } = await at().request<Page<Run>>('GET', '/v1/runs?limit=100', { key })
    expect(json.data).toHaveLength(15)
    expect(json.data.every(({ projectId }) => projectId === mine)).toBe(true)
  })

  it('stays there with a cursor that another key was given', async () => {
    const [mine, theirs] = [unique('mine'), unique('theirs')]
    await enqueueMany(at(), [...Array(5).fill({ projectId: mine }), ...Array(5).fill({ projectId: theirs })])
    const { json } = await at().request<Page<Run>>('GET', `/v1/runs?projectId=${theirs}&limit=1`)
    const { key } = await at().makeKey({ scopes: ['runs:read'], projectId: mine })
    const page = await at().request<Page<Run>>('GET', `/v1/runs?cursor=${json.nextCursor}`, { key })
    expect(page.json.data.every(({ projectId }) => projectId === mine)).toBe(true)
  })
})
