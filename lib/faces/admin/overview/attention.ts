import { html } from 'hono/html'
import type { UpcomingCron } from '../../../ledger/cron/upcoming-cron.ts'
import type { Alert } from '../../../run/alert.ts'
import type { Run } from '../../../run/run.ts'
import { isBad, placeOf } from '../parts/alert-place.ts'
import { ago, withTimes } from '../parts/times.ts'
import { count, counted } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import type { Item } from './attention-item.ts'
import { cronItems, type PausedCron, pausedItem } from './cron-items.ts'

/** What may ask for somebody; what only admins know of is null for others. */
export interface Standing {
  alerts: Alert[] | null
  /** There are more of them than these. */
  hasMore: boolean
  cron: UpcomingCron | null
  paused: PausedCron | null
  /** The oldest that run. */
  running: Run[]
  /** More run than these. */
  isMoreRunning: boolean
}

const MOST_ALIKE = 3

/** What somebody has to see to, each with a link to where that is done; nothing where all is well. */
export function attention(reader: Reader, standing: Standing) {
  const items = itemsOf(reader, standing)
  if (items.length === 0) return ''
  return html`<ul class="attention" id="attention" aria-label="Needs attention">
    ${items.map((item) => html`<li id="${item.id}">${line(reader, item)}</li>`)}
    ${standing.hasMore ? html`<li id="attention-more" class="dim"><a class="more" href="${paths.alerts({ show: 'open' })}">There are more alerts: see all</a></li>` : ''}
  </ul>`
}

/** How much of that there is, for the tab of the window: `(3) `; empty where all is well. */
export function attentionCount(reader: Reader, standing: Standing): string {
  const { length } = itemsOf(reader, standing)
  return length === 0 ? '' : `(${count(length)}${standing.hasMore ? '+' : ''}) `
}

const itemsOf = (reader: Reader, standing: Standing): Item[] => [
  ...unheard(standing, reader),
  ...alertItems(standing.alerts ?? []),
  ...(standing.paused === null ? [] : [pausedItem(standing.paused)]),
  ...(standing.cron === null ? [] : cronItems(standing.cron)),
]

function line(reader: Reader, { words, href, place, isBad, since }: Item) {
  const sentence = `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`
  return html`<a class="item ${isBad ? 'bad' : ''}" href="${href}">
    <span class="words">${withTimes(reader, sentence)} <span class="place">${place}</span></span>${since === null ? '' : html`<span class="since dim">${ago(reader, since)}</span>`}
  </a>`
}

/** Runs whose holder has not been heard of for longer than it may, among those that were looked at. */
function unheard({ running, isMoreRunning }: Standing, { now }: Reader): Item[] {
  const at = new Date(now).toISOString()
  const silent = running.filter(({ leaseExpiresAt }) => leaseExpiresAt !== null && leaseExpiresAt < at)
  if (silent.length === 0) return []
  const words = `${isMoreRunning ? 'At least ' : ''}${counted(silent.length, 'running run')} stalled: ${silent.length === 1 ? 'its' : 'their'} worker is not heard of`
  const href = paths.runs({ state: 'running', range: 'all' })
  return [{ id: 'attention-stalled', words, href, place: 'The runs', isBad: true, since: null }]
}

/** Each by itself, but where many are alike. */
function alertItems(alerts: Alert[]): Item[] {
  return [...Map.groupBy(alerts, ({ type }) => type)].flatMap(([type, alike]) => {
    if (alike.length <= MOST_ALIKE) return alike.map(alertItem)
    const [newest] = alike
    const words = `${count(alike.length)} alerts of ${type}, the newest: ${newest?.message ?? ''}`
    return [
      {
        id: `alerts-${type}`,
        words,
        href: paths.alerts({ show: 'open', type }),
        place: 'The alerts',
        isBad: isBad(type),
        since: null,
      },
    ]
  })
}

function alertItem(alert: Alert): Item {
  const { id, type, message, openedAt } = alert
  const { href, name: place } = placeOf(alert)
  return { id: `alert-${id}`, words: message, href, place, isBad: isBad(type), since: openedAt }
}
