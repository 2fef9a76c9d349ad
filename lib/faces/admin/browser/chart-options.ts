import uPlot from 'uplot'
import type { Numbers } from './chart-numbers.ts'

const HEIGHT = 200
const UNITS = ['', 'k', 'M', 'G', 'T', 'P']

const DAY = '\n{D} {MMM}'
/** Marks of time by how far they are apart, in seconds: the mark, and what follows where a year, a month or a day begins. */
const CLOCK: uPlot.Axis.Values = [
  [86_400, '{D} {MMM}', '\n{YYYY}', null, null, null, null, null, 1],
  [60, '{HH}:{mm}', DAY, null, DAY, null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', DAY, null, DAY, null, null, null, 1],
]

/** How far apart marks of bars may be: none is between two of them. */
const [HOUR, WHOLE_DAY] = [3_600, 86_400]
const MARKS = [
  ...[1, 2, 3, 4, 6, 8, 12].map((hours) => hours * HOUR),
  ...[1, 2, 3, 5, 7, 10, 15, 30, 90].map((days) => days * WHOLE_DAY),
]

/** How a chart looks: in the colors of the page, and of its tones. */
export function optionsOf(
  { kind, unit, series, at: times, values }: Numbers,
  place: HTMLElement,
): Omit<uPlot.Options, 'cursor' | 'hooks'> {
  const color = (name: string) => colorOf(place, name)
  const axis = { stroke: color('dim'), grid: { stroke: color('line'), width: 1 }, ticks: { show: false } }
  const paths = kind === 'bars' ? uPlot.paths.bars?.({ size: [0.8, 80] }) : undefined
  const step = kind === 'bars' ? (times[1] ?? 0) - (times[0] ?? 0) : 0
  // Half of the first bar, and of the last, lies beside its time; a time alone has half a day before and after it.
  const aside = times.length === 1 ? WHOLE_DAY / 2 : step / 2
  const zone = document.documentElement.dataset.zone ?? 'UTC'
  return {
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), zone),
    width: Math.max(place.clientWidth, 200),
    height: HEIGHT,
    scales: {
      // Of what is there: of a time alone uPlot would make years.
      x: { range: () => [(times[0] ?? 0) - aside, (times.at(-1) ?? 0) + aside] },
      y: { range: (_, __, most) => [0, Math.max(most, 1)] },
    },
    axes: [
      { ...axis, values: CLOCK, ...(step === 0 ? {} : { incrs: MARKS.filter((apart) => apart >= step) }) },
      {
        ...axis,
        size: unit === 'count' ? 44 : 64,
        values: (_, marks) => marks.map((mark) => inWords(mark, unit)),
      },
    ],
    series: [
      { label: 'Time', value: '{D} {MMM} {HH}:{mm}' },
      ...series.map(({ name, tone }, n) => ({
        label: name,
        stroke: color(tone === 'other' ? 'accent' : tone),
        ...(kind === 'lines' ? {} : { fill: color(tone === 'other' ? 'accent' : tone) }),
        width: kind === 'lines' ? 2 : 0,
        points: { show: kind !== 'bars' && (values[n]?.length ?? 0) < 3 },
        ...(paths === undefined ? {} : { paths }),
        value: (_: uPlot, __: number, ___: number, at: number | null) =>
          at === null ? '–' : inWords(values[n]?.[at] ?? 0, unit),
      })),
    ],
  }
}

/** A color of the sheet as a canvas takes it: which of its two it is, light or dark, only the browser can tell. */
function colorOf(place: HTMLElement, name: string): string {
  place.style.color = `var(--${name})`
  const { color } = getComputedStyle(place)
  place.style.color = ''
  return color
}

function inWords(value: number, unit: string): string {
  if (unit === 'ms') return value < 1_000 ? `${Math.round(value)} ms` : `${round(value / 1_000)} s`
  const power = value < 1_000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(value) / 3))
  return `${round(value / 1_000 ** power)} ${UNITS[power]}${unit === 'bytes' ? 'B' : ''}`.trim()
}

const round = (value: number) => Math.round(value * 10) / 10
