import { html } from 'hono/html'
import type { Reader } from '../reader.ts'
import { duration } from './words.ts'

const formats = new Map<string, Intl.DateTimeFormat>()

/** An instant in the reader's zone, `22 Nov 13:24:02`; the whole of it, and UTC, where one points. A dash for none. */
export function time(reader: Reader, at: string | null) {
  if (at === null) return html`<span class="dim">–</span>`
  return html`<time datetime="${at}" title="${whole(reader, at)} · ${at}">${short(reader, at)}</time>`
}

/** How long ago that was, or in how long it will be: `3 min ago`, `in 2 h`. A dash for none. */
export function ago(reader: Reader, at: string | null) {
  if (at === null) return html`<span class="dim">–</span>`
  const ms = reader.now - Date.parse(at)
  const words = Math.abs(ms) < 1_000 ? 'now' : ms > 0 ? `${rough(ms)} ago` : `in ${rough(-ms)}`
  return html`<time datetime="${at}" title="${whole(reader, at)} · ${at}">${words}</time>`
}

/** The same by its largest unit alone, where there is little room: `in 29 d`. */
export function roughly(reader: Reader, at: string) {
  const ms = reader.now - Date.parse(at)
  const words = rough(Math.abs(ms)).split(' ').slice(0, 2).join(' ')
  return html`<time datetime="${at}" title="${whole(reader, at)} · ${at}">${ms > 0 ? `${words} ago` : `in ${words}`}</time>`
}

/** An instant as text, as `time` shows it: with the year where that is another one. */
export function short({ zone, now }: Reader, at: string): string {
  const isThisYear = at.slice(0, 4) === new Date(now).toISOString().slice(0, 4)
  return formatOf(zone, isThisYear ? 'short' : 'dated')
    .format(new Date(at))
    .replace(',', '')
}

/** A sentence of the ledger, which tells instants by UTC (`until 2026-11-22T18:00:00.000Z`), with each as `time` has it. */
export function withTimes(reader: Reader, sentence: string) {
  const isInstant = (part: string, n: number) => n % 2 === 1 && !Number.isNaN(Date.parse(part))
  return html`${sentence.split(INSTANT).map((part, n) => (isInstant(part, n) ? time(reader, part) : part))}`
}

/** The same as text. */
export const withShortTimes = (reader: Reader, sentence: string): string =>
  sentence
    .split(INSTANT)
    .map((part, n) => (n % 2 === 1 && !Number.isNaN(Date.parse(part)) ? short(reader, part) : part))
    .join('')

/** Split by it, every other part is one. */
const INSTANT = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z)/

/** The time of the day alone, to the millisecond, for many lines of one day: `13:24:02.118`. */
export function clock({ zone }: Reader, at: string): string {
  return formatOf(zone, 'clock').format(new Date(at))
}

const whole = ({ zone }: Reader, at: string) => `${formatOf(zone, 'whole').format(new Date(at))} ${zone}`

const rough = (ms: number) =>
  duration(ms < 60_000 ? Math.floor(ms / 1_000) * 1_000 : Math.floor(ms / 60_000) * 60_000)

function formatOf(timeZone: string, form: 'short' | 'dated' | 'whole' | 'clock'): Intl.DateTimeFormat {
  const name = `${timeZone} ${form}`
  const known = formats.get(name)
  if (known !== undefined) return known
  const hours = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const
  const day = { day: 'numeric', month: 'short' } as const
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    ...hours,
    ...(form === 'clock' ? { fractionalSecondDigits: 3 } : day),
    ...(form === 'dated' || form === 'whole' ? { year: 'numeric' } : {}),
    ...(form === 'whole' ? { weekday: 'short' } : {}),
  })
  formats.set(name, made)
  return made
}
