import { html } from 'hono/html'
import type { TrendPoint } from '../../../ports/cron-store.ts'
import { empty } from '../parts/blocks.ts'
import { chart } from '../parts/chart.ts'
import { short } from '../parts/times.ts'
import { bytes, duration } from '../parts/words.ts'
import type { Reader } from '../reader.ts'

const MB = 1_000_000

/** How long the last executions took, and how much memory, each as a chart with its numbers. */
export function jobTrend(
  reader: Reader,
  points: TrendPoint[],
  { p95DurationMs, timeoutMs }: { p95DurationMs: number | null; timeoutMs: number },
) {
  if (points.length < 2)
    return empty('Nothing to draw yet', 'After two executions that ended there is a trend to see.')
  const at = (one: TrendPoint) => one.startedAt ?? one.createdAt
  const hasMemory = points.some(({ memoryUsageMb }) => memoryUsageMb !== null)
  return html`<div class="columns">
    ${chart({
      title: `How long it took; its timeout is ${duration(timeoutMs)}`,
      kind: 'lines',
      unit: 'ms',
      series: [
        { name: 'Went well', tone: 'good' },
        { name: 'Failed', tone: 'bad' },
        { name: '95 % within', tone: 'calm' },
      ],
      points: points.map((one) => ({
        at: at(one),
        label: short(reader, at(one)),
        values: [
          one.status === 'completed' ? one.durationMs : null,
          one.status === 'completed' ? null : one.durationMs,
          p95DurationMs,
        ],
      })),
      show: duration,
    })}
    ${
      hasMemory
        ? chart({
            title: 'Memory of the process at its end',
            kind: 'lines',
            unit: 'bytes',
            series: [{ name: 'Memory', tone: 'other' }],
            points: points.map((one) => ({
              at: at(one),
              label: short(reader, at(one)),
              values: [one.memoryUsageMb === null ? null : one.memoryUsageMb * MB],
            })),
            show: bytes,
          })
        : ''
    }
  </div>`
}
