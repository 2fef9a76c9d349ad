import { html } from 'hono/html'
import type { RecentOccurrence } from '../../../ports/cron-store.ts'
import type { ExecutionStatus } from '../../../run/cron-execution.ts'
import { short, withShortTimes } from '../parts/times.ts'
import { count, duration } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { shownStatus } from './execution-words.ts'

const NONE = html`<span class="dim">none yet</span>`

/** The last occurrences, oldest first, each a shape that links to what became of it. `awaiting`: those whose run waits for a worker. */
export function dots(reader: Reader, name: string, occurrences: RecentOccurrence[], awaiting: Set<string>) {
  if (occurrences.length === 0) return NONE
  return html`<ul class="dots" aria-label="Last occurrences of ${name}, oldest first">
    ${occurrences.map((one) => {
      const words = wordsOf(reader, one, awaiting)
      return html`<li><a class="state ${shownStatus(one, awaiting)}" href="${paths.cronExecution(one.cronJobId, one.id)}" title="${words}"><span class="unseen">${words}</span></a></li>`
    })}
  </ul>`
}

/** The same in a line of a table: one link to the history, which says how many went how. */
export function dotsInBrief(
  reader: Reader,
  { id, name }: { id: string; name: string },
  occurrences: RecentOccurrence[],
  awaiting: Set<string>,
) {
  if (occurrences.length === 0) return NONE
  return html`<a class="dots" href="${paths.cronJob(id)}#history" aria-label="${name}, ${summary(occurrences, awaiting)}">${occurrences.map(
    (one) =>
      html`<span class="state ${shownStatus(one, awaiting)}" title="${wordsOf(reader, one, awaiting)}"></span>`,
  )}</a>`
}

/** `last 20: 18 succeeded, 1 failed, 1 missed` */
function summary(occurrences: RecentOccurrence[], awaiting: Set<string>): string {
  const byStatus = Map.groupBy(occurrences, (one) => shownStatus(one, awaiting))
  const told = [...byStatus].map(([status, all]) => `${count(all.length)} ${PAST[status] ?? status}`)
  return `last ${count(occurrences.length)}: ${told.join(', ')}`
}

const PAST: Partial<Record<ExecutionStatus, string>> = { completed: 'succeeded', timeout: 'timed out' }

function wordsOf(reader: Reader, one: RecentOccurrence, awaiting: Set<string>): string {
  const { scheduledFor, createdAt, retryCount, durationMs, triggeredByUserId, reason } = one
  const when =
    scheduledFor === null
      ? `by hand${triggeredByUserId === null ? '' : ` by ${triggeredByUserId}`} at ${short(reader, createdAt)}`
      : `due ${short(reader, scheduledFor)}`
  const told = [
    `${shownStatus(one, awaiting)}, ${when}`,
    awaiting.has(one.id) ? 'waits for a worker' : '',
    durationMs === null ? '' : `took ${duration(durationMs)}`,
    retryCount === 0 ? '' : `attempt ${retryCount + 1}`,
    reason === null ? '' : withShortTimes(reader, reason),
  ]
  return told.filter((words) => words !== '').join(' · ')
}
