import { html } from 'hono/html'
import { retentionOfRuns } from '../../../ledger/retention/retention-of-runs.ts'
import { countRuns } from '../../../ledger/runs/count-runs.ts'
import { listRuns, type RunPage } from '../../../ledger/runs/list-runs.ts'
import { type TypicalDuration, typicalDurations } from '../../../ledger/runs/typical-durations.ts'
import type { Context } from '../../../ports/context.ts'
import { toCursor } from '../../../run/cursor.ts'
import { isLedgerError } from '../../../run/errors.ts'
import type { Retention } from '../../../run/retention.ts'
import type { PageCall, View } from '../page.ts'
import { empty, pager, panel } from '../parts/blocks.ts'
import { paths } from '../paths.ts'
import { isAdmin, type Reader } from '../reader.ts'
import { matchingOf } from './bulk/all-matching.ts'
import { filterForm, rangeLinks, spanShown, stateChips } from './filters.ts'
import { histogram, readHistogram, windowOf } from './histogram.ts'
import { countNew, newRuns } from './new-runs.ts'
import { hasNoRun, noRunYet } from './no-run-yet.ts'
import { isFiltered, isUntidy, type RunsQuery, readQuery, toFilter, toQuery } from './runs-query.ts'
import { runsTable } from './runs-table.ts'

const PAGE = 50
const REFRESH_SECONDS = 5

/** The runs that were asked for. Once shown they stay where they are; only how many have come since is looked for. */
export async function listPage({ c, ctx, query: address, reader }: PageCall): Promise<View | Response> {
  const query = readQuery(address, reader.zone)
  const { cursor, seen } = address
  if (isUntidy(address)) return c.redirect(paths.runs({ ...toQuery(query), cursor }), 302)
  const about = { title: 'Runs', section: 'runs' } as const
  const live = isOver(query, reader) ? {} : { refresh: REFRESH_SECONDS }
  if (seen !== undefined) {
    const found = await countNew(ctx, query, seen)
    const body = html`${newRuns(query, found)}<div id="runs" data-keep></div>`
    return { ...about, ...live, body }
  }
  try {
    const shown = await readList(ctx, { query, reader, cursor })
    const [first] = shown.page.data
    const body = html`${newRuns(query, 0)}<div id="runs" ${first === undefined ? '' : 'data-keep'}>${list(reader, query, shown)}</div>`
    // Older pages have nothing new.
    if (cursor !== undefined) return { ...about, body }
    const newer = first && paths.runs({ ...toQuery(query), seen: toCursor(first) })
    return { ...about, ...live, ...(newer === undefined ? {} : { live: newer }), body }
  } catch (error) {
    if (!isLedgerError(error) || error.code !== 'invalid') throw error
    const problems = new Map(error.issues.map(({ path, message }) => [path, message]))
    return { ...about, status: 422, body: refused(reader, query, { problems, message: error.message }) }
  }
}

/** Whether the time it is asked for is past: nothing new will be in it. */
const isOver = ({ to }: RunsQuery, { now }: Reader) => to !== undefined && Date.parse(to) <= now

/** All that a page shows. */
interface Shown extends Awaited<ReturnType<typeof readList>> {}

async function readList(
  ctx: Context,
  { query, reader, cursor }: { query: RunsQuery; reader: Reader; cursor: string | undefined },
) {
  const filter = toFilter(query, reader.now)
  const { state: _state, ...counted } = filter
  const window = cursor === undefined ? windowOf(query, reader) : null
  const [page, counts, outcomes] = await Promise.all([
    listRuns(ctx, { ...filter, cursor, limit: PAGE }, { isBrief: true }),
    countRuns(ctx, counted),
    readHistogram(ctx, query, window),
  ])
  const [typical, retention, isFresh]: [ReadonlyMap<string, TypicalDuration>, Retention[], boolean] =
    await Promise.all([
      typicalDurations(ctx, { kinds: page.data.map(({ kind }) => kind) }),
      isAdmin(reader) ? retentionOfRuns(ctx, page.data) : [],
      page.data.length === 0 && cursor === undefined ? hasNoRun(ctx) : false,
    ])
  return { page, counts, outcomes, window, typical, retention, isFresh, cursor }
}

function list(
  reader: Reader,
  query: RunsQuery,
  { page, counts, typical, retention, isFresh, cursor, ...chart }: Shown,
) {
  if (isFresh) return html`${head(query)} ${noRunYet()}`
  const rows = page.data.map((run, n) => ({ run, typical: typical.get(run.kind), retention: retention[n] }))
  const back = paths.runs({ ...toQuery(query), cursor })
  const isAll = cursor === undefined && page.nextCursor === null
  const matching = isAll ? null : matchingOf(query, counts)
  return html`${head(query)} ${spanShown(reader, query)} ${filterForm(reader, query, new Map())} ${stateChips(query, counts)}
    ${histogram(reader, query, chart)}
    ${rows.length === 0 ? nothing(query) : panel('Runs found', runsTable(reader, rows, { query, back, matching }), { id: 'found' })}
    ${older(query, page, cursor)}`
}

const head = (query: RunsQuery) => html`<div class="page-head"><h1>Runs</h1>${rangeLinks(query)}</div>`

function older(query: RunsQuery, { nextCursor }: RunPage, cursor: string | undefined) {
  const here = toQuery(query)
  return pager({
    first: cursor === undefined ? null : paths.runs(here),
    next: nextCursor === null ? null : paths.runs({ ...here, cursor: nextCursor }),
  })
}

function nothing(query: RunsQuery) {
  const all = paths.runs({ range: 'all' })
  if (isFiltered(query)) {
    const { from: _from, to: _to, ...like } = query
    const ever = html`look <a href="${paths.runs(toQuery({ ...like, range: 'all' }))}">at any time</a>, or `
    const hint = html`Ask for less, ${query.range === 'all' ? 'or ' : ever}<a href="${all}">show all runs</a>.`
    return empty('No run is like that', hint)
  }
  // What there was has been put away, and the list shows what is in place.
  if (query.range === 'all')
    return empty(
      'No run has its data in place',
      html`Those there are, are archived or deleted: <a href="${paths.runs({ range: 'all', storage: 'all' })}">show them too</a>.`,
    )
  return empty('No run in this time', html`Choose a longer time, or <a href="${all}">show all runs</a>.`)
}

function refused(
  reader: Reader,
  query: RunsQuery,
  { problems, message }: { problems: ReadonlyMap<string, string>; message: string },
) {
  return html`${head(query)}<p class="problem" role="alert">${message}</p>${filterForm(reader, query, problems)}`
}
