import { describe, expect, it } from 'vitest'
import { signedIn } from '../../support/dashboard.ts'
import { unique } from '../../support/make.ts'
import { must, useApp } from '../v1/steps.ts'
import { end, startRun } from './run-steps.ts'
import { archivedRun } from './storage-steps.ts'

const at = useApp()

/** The ids of the runs shown. */
const shown = (html: string) =>
  [...html.matchAll(/<a href="\/admin\/runs\/([0-9A-Z]{26})" title/g)].map(([, id]) => id)

/** The addresses behind the times of a chart's table. */
const steps = (html: string) =>
  [...html.matchAll(/<th scope="row"><a href="([^"]+)"/g)].map(
    ([, href]) => new URL(must(href).replaceAll('&amp;', '&'), 'http://here'),
  )

/** The link of that text. */
const linkOf = (html: string, text: string) =>
  must(new RegExp(`<a [^>]*href="([^"]+)"[^>]*>${text}</a>`).exec(html)?.[1]).replaceAll('&amp;', '&')

/** A run that failed, long ago or just now. */
async function failedRun(kind: string, { days = 0, labels = {} } = {}) {
  const app = at()
  const held = await startRun(app, { kind, labels })
  await end(app, held, 'fail', { error: 'no luck' })
  await app.raw(
    `UPDATE runs SET "createdAt" = "createdAt" - interval '${days} days' WHERE id = '${held.run.id}'`,
  )
  await app.raw('DELETE FROM maintenance')
  return {
    ...held.run,
    createdAt: new Date(Date.parse(held.run.createdAt) - days * 86_400_000).toISOString(),
  }
}

describe('the chart of the runs', () => {
  it('leads from each of its times to the runs created in it, and keeps what else is asked', async () => {
    const run = await failedRun(unique('kind'))
    const browser = await signedIn(at())
    const { html } = await browser.get(`/admin/runs?range=24h&state=failed&kind=${run.kind}`)
    expect(html).toMatch(/<figure class="chart"[^>]* data-zoom/)
    const all = steps(html)
    expect(all.length).toBeGreaterThan(20)
    const its = must(
      all.find(
        ({ searchParams: of }) =>
          run.createdAt >= (of.get('from') ?? '') && run.createdAt < (of.get('to') ?? ''),
      ),
    )
    expect(Object.fromEntries(its.searchParams)).toMatchObject({ state: 'failed', kind: run.kind })
    const zoomed = await browser.get(`${its.pathname}${its.search}`)
    expect(shown(zoomed.html)).toEqual([run.id])
    expect(zoomed.text).toMatch(/Created from .* until .* Back to the last 24 hours/)
    expect(linkOf(zoomed.html, 'Back to the last 24 hours')).toBe(`/admin/runs?state=failed&kind=${run.kind}`)
  })

  it('looks for new runs in a time that is not over, and in no other', async () => {
    const { kind } = await failedRun(unique('kind'))
    const browser = await signedIn(at())
    const { html } = await browser.get(`/admin/runs?kind=${kind}`)
    const [first, last] = [must(steps(html)[0]), must(steps(html).at(-1))]
    expect((await browser.get(`${first.pathname}${first.search}`)).html).not.toContain('data-live')
    last.searchParams.set('to', '2999-01-01T00:00:00.000Z')
    expect((await browser.get(`${last.pathname}${last.search}`)).html).toContain('data-live')
  })

  it('is one to look at alone on the overview', async () => {
    await failedRun(unique('kind'))
    const { html } = await (await signedIn(at())).get('/admin')
    expect(html).toContain('data-chart="bars"')
    expect(html).not.toContain('data-zoom')
    expect(steps(html)).toEqual([])
  })
})

describe('a link to runs that are alike', () => {
  it('keeps the time and what else is asked, in the list', async () => {
    const run = await failedRun(unique('kind'), { days: 5 })
    const { html } = await (await signedIn(at())).get(`/admin/runs?range=7d&state=failed&q=${run.kind}`)
    expect(linkOf(html, run.kind)).toBe(`/admin/runs?range=7d&state=failed&q=${run.kind}&kind=${run.kind}`)
    const project = must(run.projectId)
    expect(linkOf(html, project)).toBe(`/admin/runs?range=7d&state=failed&q=${run.kind}&project=${project}`)
  })

  it.each([
    [0, ''],
    [5, 'range=7d&'],
    [20, 'range=30d&'],
    [40, 'range=all&'],
  ])('is of a time that has the run, on the page of one %d days old', async (days, range) => {
    const run = await failedRun(unique('kind'), { days, labels: { team: 'data' } })
    const browser = await signedIn(at())
    const { html } = await browser.get(`/admin/runs/${run.id}`)
    expect(linkOf(html, run.kind)).toBe(`/admin/runs?${range}kind=${run.kind}`)
    expect(linkOf(html, must(run.projectId))).toBe(`/admin/runs?${range}project=${run.projectId}`)
    expect(linkOf(html, 'team=data')).toBe(`/admin/runs?${range}label=team%3Ddata`)
    expect(shown((await browser.get(linkOf(html, run.kind))).html)).toEqual([run.id])
  })

  it('goes back to the first failure of a row of them', async () => {
    const kind = unique('kind')
    const project = { projectId: unique('p') }
    const app = at()
    for (const days of [10, 3, 0]) {
      const held = await startRun(app, { kind, ...project })
      await end(app, held, 'fail', { error: 'no luck' })
      await app.raw(
        `UPDATE runs SET "createdAt" = "createdAt" - interval '${days} days' WHERE id = '${held.run.id}'`,
      )
    }
    const browser = await signedIn(app)
    const [last] = shown((await browser.get(`/admin/runs?kind=${kind}`)).html)
    const { html } = await browser.get(`/admin/runs/${last}`)
    const listed = linkOf(html, `3 failures of ${kind} in a row`)
    expect(shown((await browser.get(listed)).html)).toHaveLength(3)
  })

  it('has one whose files are in an archive', async () => {
    const kind = unique('kind')
    const id = await archivedRun(at(), { kind })
    const browser = await signedIn(at())
    const { html } = await browser.get(`/admin/runs/${id}`)
    expect(shown((await browser.get(linkOf(html, kind))).html)).toEqual([id])
  })
})
