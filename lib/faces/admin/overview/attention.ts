import { html } from 'hono/html'
import type { UpcomingCron } from '../../../ledger/cron/upcoming-cron.ts'
import type { Alert } from '../../../run/alert.ts'
import type { Run } from '../../../run/run.ts'
import { ago } from '../parts/times.ts'
import { count, counted } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'

/** What may ask for somebody; what only admins know of is null for others. */
export interface Standing {
  alerts: Alert[] | null
  /** There are more of them than these. */
  hasMore: boolean
  cron: UpcomingCron | null
  /** The oldest that run. */
  running: Run[]
  /** More run than these. */
  isMoreRunning: boolean
}

interface Item {
  id: string
  words: string
  /** Where to see to it; null: not in the dashboard. */
  href: string | null
  isBad: boolean
  since: string | null
}

const MOST_ALIKE = 3

/** What somebody has to see to, each with a link to where that is done; nothing where all is well. */
export function attention(reader: Reader, standing: Standing) {
  const items = [
    ...unheard(standing, reader),
    ...alertItems(standing.alerts ?? []),
    ...(standing.cron === null ? [] : cronItems(standing.cron)),
  ]
  if (items.length === 0) return ''
  return html`<ul class="attention" id="attention" aria-label="Needs attention">
    ${items.map((item) => html`<li id="${item.id}">${line(reader, item)}</li>`)}
    ${standing.hasMore ? html`<li id="attention-more" class="dim">There are more alerts: <code>npx runledger alerts</code></li>` : ''}
  </ul>`
}

function line(reader: Reader, { words, href, isBad, since }: Item) {
  const body = html`<span class="words">${words}</span>${since === null ? '' : html`<span class="since dim">${ago(reader, since)}</span>`}`
  const look = isBad ? 'bad' : ''
  return href === null
    ? html`<span class="item ${look}">${body}</span>`
    : html`<a class="item ${look}" href="${href}">${body}</a>`
}

/** Runs whose holder has not been heard of for longer than it may, among those that were looked at. */
function unheard({ running, isMoreRunning }: Standing, { now }: Reader): Item[] {
  const at = new Date(now).toISOString()
  const silent = running.filter(({ leaseExpiresAt }) => leaseExpiresAt !== null && leaseExpiresAt < at)
  if (silent.length === 0) return []
  const words = `${isMoreRunning ? 'At least ' : ''}${counted(silent.length, 'running run')} stalled: ${silent.length === 1 ? 'its' : 'their'} worker is not heard of`
  const href = paths.runs({ state: 'running', range: 'all' })
  return [{ id: 'attention-stalled', words, href, isBad: true, since: null }]
}

/** Each by itself, but where many are alike. */
function alertItems(alerts: Alert[]): Item[] {
  return [...Map.groupBy(alerts, ({ type }) => type)].flatMap(([type, alike]) => {
    if (alike.length <= MOST_ALIKE) return alike.map(alertItem)
    const [newest] = alike
    const words = `${count(alike.length)} alerts of ${type}, the newest: ${newest?.message ?? ''}`
    return [{ id: `alerts-${type}`, words, href: listOf(type), isBad: isBad(type), since: null }]
  })
}

function alertItem({ id, type, message, data, openedAt }: Alert): Item {
  return { id: `alert-${id}`, words: message, href: placeOf(type, data), isBad: isBad(type), since: openedAt }
}

const isBad = (type: string) => /failing|damaged|overdue/.test(type)

function placeOf(type: string, { cronJobId, sweepId, runId }: Record<string, unknown>): string | null {
  if (type.startsWith('sweep.') && typeof sweepId === 'string') return paths.sweep(sweepId)
  if (type === 'cron.failing' && typeof cronJobId === 'string') return paths.cronJob(cronJobId)
  if (type === 'archive.damaged' && typeof runId === 'string') return paths.run(runId)
  return listOf(type)
}

function listOf(type: string): string | null {
  if (type.startsWith('sweep.')) return paths.sweeps()
  if (type.startsWith('cron.')) return paths.cron()
  if (type.startsWith('storage.') || type.startsWith('archive.')) return paths.storage
  return type.startsWith('audit.') ? paths.audit() : null
}

function cronItems({ overdue, missed, problems }: UpcomingCron): Item[] {
  const about = { href: paths.cron(), since: null }
  const late = overdue && {
    ...about,
    id: 'cron-overdue',
    words: `${counted(overdue.jobs, 'cron job')} overdue: nothing has fired ${overdue.jobs === 1 ? 'it' : 'them'}`,
    isBad: true,
    since: overdue.since,
  }
  const lost = missed > 0 && {
    ...about,
    id: 'cron-missed',
    words: `${counted(missed, 'occurrence')} of cron jobs missed in the last 24 hours`,
    isBad: false,
  }
  const broken = problems.slice(0, MOST_ALIKE).map(({ id, name, problem }) => ({
    id: `cron-problem-${id}`,
    words: `cron job ${name} does not run: ${problem}`,
    href: paths.cronJob(id),
    isBad: true,
    since: null,
  }))
  return [...(late ? [late] : []), ...(lost ? [lost] : []), ...broken]
}
