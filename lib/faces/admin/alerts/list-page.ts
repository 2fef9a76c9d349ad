import { html } from 'hono/html'
import { listAlertChannels } from '../../../ledger/alerts/list-alert-channels.ts'
import { listAlerts } from '../../../ledger/alerts/list-alerts.ts'
import { listWebhooks } from '../../../ledger/webhooks/webhooks.ts'
import type { Context } from '../../../ports/context.ts'
import type { Alert } from '../../../run/alert.ts'
import type { Page, PageCall, View } from '../page.ts'
import { empty, pager, panel } from '../parts/blocks.ts'
import { count } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { type AlertFilter, filterChips, filterOf, queryOf } from './alert-filter.ts'
import { openTable, overTable } from './alerts-table.ts'
import { webhooksPanel } from './webhooks-panel.ts'
import { whoIsTold } from './who-is-told.ts'

const REFRESH_SECONDS = 5
const PAGE = 25
const WEBHOOKS = 25

export const listPage: Page = {
  method: 'get',
  path: paths.alerts(),
  scope: 'admin',
  handler: show,
  isLive: true,
}

/** What is wrong and what was, and who hears of it. */
async function show({ ctx, query, reader }: PageCall): Promise<View> {
  const filter = filterOf(query)
  const cursor = filter.show === 'all' ? undefined : query.cursor
  const [open, over, webhooks] = await Promise.all([
    filter.show === 'over' ? null : read(ctx, 'open', filter, cursor),
    filter.show === 'open' ? null : read(ctx, 'resolved', filter, cursor),
    listWebhooks(ctx, { limit: WEBHOOKS, ...(query.webhooks ? { cursor: query.webhooks } : {}) }),
  ])
  const channels = listAlertChannels(ctx)
  const shown = open?.data.length ?? 0
  return {
    title: shown === 0 ? 'Alerts' : `${count(shown)}${open?.nextCursor ? '+' : ''} open · Alerts`,
    section: 'overview',
    refresh: REFRESH_SECONDS,
    body: html`<p class="crumbs"><a href="${paths.home}">Overview</a></p>
      <h1>Alerts</h1>
      <p>What somebody must see to. An alert is told once, however long it lasts, and once more when it is over; what is over stays here for 30 days.</p>
      ${filterChips(filter)}
      ${open === null ? '' : openPanel(reader, { ...open, filter, cursor })}
      ${over === null ? '' : overPanel(reader, { ...over, filter, cursor })}
      <div class="columns">${whoIsTold(channels)} ${webhooksPanel(reader, webhooks, { cursor: query.webhooks, query: queryOf(filter) })}</div>`,
  }
}

interface Listed {
  data: Alert[]
  nextCursor: string | null
  filter: AlertFilter
  cursor: string | undefined
}

const read = (ctx: Context, state: 'open' | 'resolved', { type }: AlertFilter, cursor: string | undefined) =>
  listAlerts(ctx, { state, limit: PAGE, ...(type ? { type } : {}), ...(cursor ? { cursor } : {}) })

function openPanel(reader: Reader, listed: Listed) {
  const { data, filter } = listed
  if (data.length > 0) return panel('Open', html`${openTable(reader, data)} ${pages(listed, 'open')}`)
  const none =
    filter.type === undefined
      ? empty('Nothing is wrong', html`<code>npx runledger alerts</code> says the same in a terminal.`)
      : empty('None of this type is open', allTypes(filter))
  return panel('Open', none)
}

function overPanel(reader: Reader, listed: Listed) {
  const { data, filter } = listed
  if (data.length > 0) return panel('Over', html`${overTable(reader, data)} ${pages(listed, 'over')}`)
  const none =
    filter.type === undefined
      ? empty('No alert has ended in the last 30 days')
      : empty('None of this type has ended in the last 30 days', allTypes(filter))
  return panel('Over', none)
}

const allTypes = (filter: AlertFilter) =>
  html`<a href="${paths.alerts(queryOf({ ...filter, type: undefined }))}">Show every type</a>`

/** Beside the other list only its first page is shown: the next one is of this list alone. */
function pages({ nextCursor, filter, cursor }: Listed, show: 'open' | 'over') {
  const own = queryOf({ ...filter, show })
  return pager({
    first: cursor === undefined ? null : paths.alerts(own),
    next: nextCursor === null ? null : paths.alerts({ ...own, cursor: nextCursor }),
  })
}
