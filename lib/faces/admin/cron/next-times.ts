import { html } from 'hono/html'
import type { Html } from '../page.ts'
import { table } from '../parts/blocks.ts'
import { badge } from '../parts/state-badge.ts'
import { ago } from '../parts/times.ts'
import type { Reader } from '../reader.ts'

/** When a job runs next: by its own clock, the reader's and UTC, a column each where they are not the same. */
export function nextTimes(reader: Reader, timeZone: string, times: string[]): Html {
  const zones = [...new Set([timeZone, reader.zone, 'UTC'])]
  return table({
    caption: 'Next times',
    fold: true,
    columns: [...zones.map((zone) => headOf(zone, timeZone, reader)), { name: 'In how long', unseen: true }],
    rows: times.map((at, n) => [
      ...zones.map(
        (zone) => html`<time datetime="${at}">${clock(zone, at)}</time> ${changeOf(zone, times[n - 1], at)}`,
      ),
      html`<span class="dim">${ago(reader, at)}</span>`,
    ]),
  })
}

function headOf(zone: string, own: string, reader: Reader): string {
  const whose = [zone === own ? 'the job’s' : '', zone === reader.zone ? 'yours' : ''].filter(
    (one) => one !== '',
  )
  return whose.length === 0 ? zone : `${zone} (${whose.join(', ')})`
}

/** Said where a clock is changed between two times. */
function changeOf(zone: string, before: string | undefined, at: string) {
  if (before === undefined || offset(zone, before) === offset(zone, at)) return ''
  return badge(`clock changes: ${offset(zone, at)}`, 'warn')
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** `Mon 23 Nov 2026, 02:00` */
function clock(timeZone: string, at: string): string {
  const seconds = at.slice(17, 19) === '00' ? {} : ({ second: '2-digit' } as const)
  const name = `${timeZone} ${'second' in seconds}`
  const format =
    formats.get(name) ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone,
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
      ...seconds,
    })
  formats.set(name, format)
  return format.format(new Date(at))
}

/** `GMT+2` */
function offset(timeZone: string, at: string): string {
  const name = `${timeZone} offset`
  const format =
    formats.get(name) ?? new Intl.DateTimeFormat('en-GB', { timeZone, timeZoneName: 'shortOffset' })
  formats.set(name, format)
  return format.formatToParts(new Date(at)).find(({ type }) => type === 'timeZoneName')?.value ?? ''
}
