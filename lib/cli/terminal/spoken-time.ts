const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** `320 ms`, `3.2 s`, `42 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function spokenDuration(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)} ms`
  if (ms < 10 * SECOND) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`
  if (ms < HOUR) return two(ms, [MINUTE, 'min'], [SECOND, 's'])
  if (ms < DAY) return two(ms, [HOUR, 'h'], [MINUTE, 'min'])
  return two(ms, [DAY, 'd'], [HOUR, 'h'])
}

type Unit = [ms: number, name: string]

function two(ms: number, [great, greatName]: Unit, [small, smallName]: Unit): string {
  const rest = Math.floor((ms % great) / small)
  return `${Math.floor(ms / great)} ${greatName}${rest === 0 ? '' : ` ${rest} ${smallName}`}`
}

/** `just now`, `12 s ago`, `3 min ago`, `2 h ago`, `5 d ago`, `in 4 min`; the date, where it is over a month away. */
export function relativeTime(instant: string, now: Date): string {
  const ms = now.getTime() - Date.parse(instant)
  const far = Math.abs(ms)
  if (far >= 30 * DAY) return instant.slice(0, 10)
  if (ms >= 0 && far < 2 * SECOND) return 'just now'
  const [unit, name] = UNITS.find(([size]) => far >= size) ?? [SECOND, 's']
  const amount = `${Math.max(1, Math.floor(far / unit))} ${name}`
  return ms >= 0 ? `${amount} ago` : `in ${amount}`
}

const UNITS: Unit[] = [
  [DAY, 'd'],
  [HOUR, 'h'],
  [MINUTE, 'min'],
]

/** `2026-11-21 10:30:00 UTC`. */
export function spokenInstant(instant: string): string {
  return `${instant.slice(0, 10)} ${instant.slice(11, 19)} UTC`
}

/** `812 B`, `3.6 MB`, `12 GB`. */
export function spokenBytes(bytes: number): string {
  const names = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = bytes < 1 ? 0 : Math.min(names.length - 1, Math.floor(Math.log10(bytes) / 3))
  const amount = bytes / 1_000 ** power
  return `${power > 0 && amount < 10 ? amount.toFixed(1) : Math.round(amount)} ${names[power]}`
}
