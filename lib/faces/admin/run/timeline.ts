import { html } from 'hono/html'
import type { RunEvent } from '../../../run/event.ts'
import { eventWords } from '../../../run/event-words.ts'
import { short, time } from '../parts/times.ts'
import { bytes, duration } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { plainRunError } from './plain-error.ts'

/** What happened to a run, oldest first, a page at a time. */
export function timeline(
  reader: Reader,
  runId: string,
  { data, nextAfter, after }: { data: RunEvent[]; nextAfter: number | null; after: string | undefined },
) {
  return html`<ol class="timeline">${data.map((event, n) => line(reader, event, data[n - 1]))}</ol>
    <p class="pager">
      ${after === undefined ? '' : html`<a href="${paths.run(runId)}#timeline">From the beginning</a>`}
      ${nextAfter === null ? '' : html`<a href="${paths.run(runId, { events: nextAfter })}#timeline" rel="next">What came then</a>`}
    </p>`
}

/** A silence of so long between two events is told. */
const GAP_MS = 60_000

function line(reader: Reader, event: RunEvent, before: RunEvent | undefined) {
  const { type, at, actor } = event
  const gap = before === undefined ? 0 : Date.parse(at) - Date.parse(before.at)
  const words = plainRunError(eventWords(event, { bytes, duration, instant: (when) => short(reader, when) }))
  return html`<li class="${type.replace('.', '-').replaceAll('_', '-')}" id="event-${event.id}">
    ${time(reader, at)} <span class="what">${words}</span>
    <span class="dim">by ${actor}${gap >= GAP_MS ? html`, ${duration(gap)} later` : ''}</span>
  </li>`
}
