import { html } from 'hono/html'
import type { RecentOccurrence } from '../../../ports/cron-store.ts'
import { short } from '../parts/times.ts'
import { duration } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'

/** The last occurrences, oldest first, each a shape that links to what became of it. */
export function dots(reader: Reader, name: string, occurrences: RecentOccurrence[]) {
  if (occurrences.length === 0) return html`<span class="dim">none yet</span>`
  return html`<ul class="dots" aria-label="Last occurrences of ${name}, oldest first">
    ${occurrences.map((one) => {
      const words = wordsOf(reader, one)
      return html`<li><a class="state ${one.status}" href="${paths.cronExecution(one.cronJobId, one.id)}" title="${words}"><span class="unseen">${words}</span></a></li>`
    })}
  </ul>`
}

function wordsOf(reader: Reader, one: RecentOccurrence): string {
  const { status, scheduledFor, createdAt, retryCount, durationMs, triggeredByUserId, reason } = one
  const when =
    scheduledFor === null
      ? `by hand${triggeredByUserId === null ? '' : ` by ${triggeredByUserId}`} at ${short(reader, createdAt)}`
      : `due ${short(reader, scheduledFor)}`
  const told = [
    `${status}, ${when}`,
    durationMs === null ? '' : `took ${duration(durationMs)}`,
    retryCount === 0 ? '' : `attempt ${retryCount + 1}`,
    reason ?? '',
  ]
  return told.filter((words) => words !== '').join(' · ')
}
