import type { StorageReport } from '../../../ledger/storage/read-storage.ts'
import { panel } from '../parts/blocks.ts'
import { chart } from '../parts/chart.ts'
import { bytes } from '../parts/words.ts'

/** What it held, day by day. */
export function trendPanel({ trend }: StorageReport) {
  return panel(
    'Trend',
    chart({
      title: 'Bytes in the object store, a sample a day',
      kind: 'areas',
      unit: 'bytes',
      series: [
        { name: 'Active', tone: 'other' },
        { name: 'Archives', tone: 'calm' },
      ],
      points: trend.toReversed().map(({ day, activeBytes, archiveBytes }) => ({
        at: `${day}T00:00:00.000Z`,
        label: day,
        values: [activeBytes, archiveBytes],
      })),
      show: bytes,
    }),
  )
}
