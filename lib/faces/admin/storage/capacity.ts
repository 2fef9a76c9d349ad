import { html } from 'hono/html'
import type { StorageReport } from '../../../ledger/storage/read-storage.ts'
import { panel } from '../parts/blocks.ts'
import { bytes, counted, percent } from '../parts/words.ts'

/** How full the store is, and when it will be. */
export function capacityPanel(report: StorageReport) {
  const { capacity, total } = report
  return panel(
    'Capacity and forecast',
    capacity === null
      ? html`<p>
            Nobody has said what the store may hold, so nobody is told when it fills up. Set
            <code>STORAGE_CAPACITY_BYTES</code> to be told at 80 %.
          </p>
          <p>${paceOf(report)}</p>`
      : html`<p class="full">
            <meter aria-label="How full storage is" min="0" max="${capacity.bytes}" high="${capacity.threshold}"
              value="${Math.min(total.bytes, capacity.bytes)}"></meter>
            <span><strong>${bytes(total.bytes)}</strong> of ${bytes(capacity.bytes)}: ${percent(capacity.usedRatio)}</span>
          </p>
          <p>${paceOf(report)} ${forecastOf(report, capacity.threshold)}</p>`,
  )
}

function paceOf({ forecast }: StorageReport): string {
  if (forecast === null)
    return 'There are too few samples to tell at what pace it grows: three days are needed.'
  const { bytesPerDay, days } = forecast
  const over = `over the last ${counted(days, 'day')}`
  if (bytesPerDay === 0) return `It has stayed the same ${over}.`
  return bytesPerDay > 0
    ? `It has grown by ${bytes(bytesPerDay)} a day ${over}.`
    : `It has shrunk by ${bytes(-bytesPerDay)} a day ${over}.`
}

function forecastOf({ forecast, total }: StorageReport, threshold: number) {
  const limit = `the threshold of ${bytes(threshold)}, at which an alert is opened,`
  if (total.bytes >= threshold)
    return html`<strong>It is over ${limit.replace(/,$/, '')}.</strong> Archive or delete sooner, or make room.`
  if (forecast === null) return ''
  if (forecast.fullOn === null) return `At this pace ${limit} is not reached within ten years.`
  return html`At this pace ${limit} is reached on
    <strong><time datetime="${forecast.fullOn}">${forecast.fullOn}</time></strong>.`
}
