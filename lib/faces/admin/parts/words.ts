const COUNT = new Intl.NumberFormat('en')
const SHORT = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** `1,204` */
export const count = (n: number): string => COUNT.format(n)

/** `3.4 MB`, in powers of a thousand. */
export function bytes(n: number): string {
  const power = n < 1_000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(n) / 3))
  return `${SHORT.format(n / 1_000 ** power)} ${UNITS[power]}`
}

/** `850 ms`, `4.2 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  const seconds = ms / 1_000
  if (seconds < 60) return `${SHORT.format(Math.floor(seconds * 10) / 10)} s`
  const steps: [string, number][] = [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
    ['s', 1],
  ]
  const at = steps.findIndex(([, size]) => seconds >= size)
  const [[unit, size] = ['s', 1], [smaller, less] = ['s', 1]] = steps.slice(at)
  const rest = Math.floor((seconds % size) / less)
  return `${Math.floor(seconds / size)} ${unit}${rest > 0 ? ` ${rest} ${smaller}` : ''}`
}

/** `98.2 %`; a dash for what there is none of. */
export const percent = (share: number | null): string =>
  share === null ? '–' : `${SHORT.format(share * 100)} %`

/** `1 run`, `2 runs`. */
export const counted = (n: number, one: string, many = `${one}s`): string =>
  `${count(n)} ${n === 1 ? one : many}`
