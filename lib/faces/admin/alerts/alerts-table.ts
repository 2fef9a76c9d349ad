import { html } from 'hono/html'
import type { Alert, AlertNotice } from '../../../run/alert.ts'
import { isBad, placeOf } from '../parts/alert-place.ts'
import { table } from '../parts/blocks.ts'
import { badge } from '../parts/state-badge.ts'
import { ago, time, withTimes } from '../parts/times.ts'
import { counted, duration } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { ALERT_WORDS, channelWords } from './alert-words.ts'

/** What is wrong now: since when, how often it was seen, who has heard of it, and where to see to it. */
export function openTable(reader: Reader, alerts: Alert[]) {
  return table({
    caption: 'Alerts that are open, newest first',
    fold: true,
    columns: ['What', 'Since', 'Seen', 'Told', 'See to it'],
    rows: alerts.map((alert) => [
      what(reader, alert),
      html`${time(reader, alert.openedAt)}<span class="under">${ago(reader, alert.openedAt)}</span>`,
      seen(reader, alert),
      told(alert, 'opened'),
      seeTo(alert),
    ]),
  })
}

/** What was wrong, and for how long. */
export function overTable(reader: Reader, alerts: Alert[]) {
  return table({
    caption: 'Alerts that are over, newest first',
    fold: true,
    columns: [
      'What',
      'From',
      'Until',
      { name: 'Lasted', right: true },
      'Told that it is over',
      'Where it was',
    ],
    rows: alerts.map((alert) => [
      what(reader, alert),
      time(reader, alert.openedAt),
      time(reader, alert.resolvedAt),
      lasted(alert),
      told(alert, 'resolved'),
      seeTo(alert),
    ]),
  })
}

function what(reader: Reader, { type, message, resolvedAt }: Alert) {
  const tone = resolvedAt !== null ? 'calm' : isBad(type) ? 'bad' : 'warn'
  return html`<a class="plain" href="${paths.alerts({ type })}">${badge(ALERT_WORDS[type] ?? type, tone)}</a>
    <span class="alert-message">${withTimes(reader, message)}</span>`
}

function seen(reader: Reader, { timesSeen, lastSeenAt }: Alert) {
  if (timesSeen === 1) return 'once'
  return html`${counted(timesSeen, 'time')}<span class="under">last ${ago(reader, lastSeenAt)}</span>`
}

const lasted = ({ openedAt, resolvedAt }: Alert) =>
  resolvedAt === null ? '–' : duration(Math.max(0, Date.parse(resolvedAt) - Date.parse(openedAt)))

function seeTo(alert: Alert) {
  const { href, name } = placeOf(alert)
  return html`<a href="${href}">${name}</a>`
}

/** Each who was to hear of it, and whether that arrived. */
function told({ notices }: Alert, of: 'opened' | 'resolved') {
  if (notices.length === 0) return html`<span class="dim">nobody</span>`
  return html`${notices.map(({ channel, [of]: notice }) => one(channelWords(channel), notice))}`
}

function one(name: string, notice: AlertNotice | null) {
  if (notice === null || notice.status === 'delivered') return html`<span class="line">${name}</span>`
  const why = notice.error === null ? '' : `: ${notice.error}`
  const how = notice.status === 'failed' ? 'it did not get through' : 'not yet'
  return html`<span class="line">${name}<span class="under ${notice.error === null ? '' : 'bad'}">${how}${why}</span></span>`
}
