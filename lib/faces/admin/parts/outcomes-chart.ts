import type { RunOutcomes } from '../../../ledger/runs/run-outcomes.ts'
import type { Reader } from '../reader.ts'
import { type ChartZoom, chart } from './chart.ts'
import { short } from './times.ts'
import { count } from './words.ts'

/** How runs ended over a time: a stack a step. */
export function outcomesChart(reader: Reader, { points }: RunOutcomes, title: string, zoom?: ChartZoom) {
  return chart({
    title,
    kind: 'bars',
    unit: 'count',
    series: [
      { name: 'failed', tone: 'bad' },
      { name: 'canceled', tone: 'calm' },
      { name: 'succeeded', tone: 'good' },
    ],
    points: points.map(({ at, succeeded, failed, canceled }) => ({
      at,
      // To the minute.
      label: short(reader, at).replace(/:\d\d$/, ''),
      values: [failed, canceled, succeeded],
    })),
    show: count,
    zoom,
  })
}
