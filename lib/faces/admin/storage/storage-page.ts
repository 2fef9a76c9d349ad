import { html } from 'hono/html'
import { builtinAtWork, triggerBuiltin } from '../../../ledger/cron/trigger-builtin.ts'
import { readIntegrity } from '../../../ledger/storage/read-integrity.ts'
import { readStorage, type StorageReport } from '../../../ledger/storage/read-storage.ts'
import { timeListings } from '../../../ledger/storage/time-listings.ts'
import type { Page } from '../page.ts'
import { empty } from '../parts/blocks.ts'
import { actionButton } from '../parts/form.ts'
import { ago, time } from '../parts/times.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { sayNext } from '../session/cookies.ts'
import { atWorkNote } from './at-work.ts'
import { capacityPanel } from './capacity.ts'
import { integrityPanel } from './integrity.ts'
import { byStatePanel, shares, standing } from './shares.ts'
import { storageFrame } from './storage-frame.ts'
import { targetsPanel } from './targets.ts'
import { trendPanel } from './trend.ts'

const SAMPLE = 'sampleStorage'
/** How far the trend goes back. */
const DAYS = 90
const REFRESH_SECONDS = 3

export const overviewOfStorage: Page[] = [
  {
    method: 'get',
    path: paths.storage,
    scope: 'admin',
    isLive: true,
    async handler({ ctx, reader }) {
      const [report, integrity, atWork] = await Promise.all([
        readStorage(ctx, { days: DAYS }),
        readIntegrity(ctx),
        builtinAtWork(ctx, { builtin: SAMPLE }),
      ])
      const listingMs = await timeListings(ctx)
      const facts = {
        savedRatio: report.savedRatio,
        archiveSuccessRatio: report.archives.successRatio,
        listingMs,
        losses: integrity.incidents.length,
      }
      return {
        title: 'Storage',
        section: 'storage',
        ...(atWork === null ? {} : { refresh: REFRESH_SECONDS }),
        body: storageFrame(
          'Storage',
          'storage',
          html`${atWork === null ? '' : atWorkNote(reader, atWork, 'Storage is being counted')}
            ${report.day === null ? nothingYet(reader) : held(reader, report)}
            ${report.day === null ? '' : trendPanel(report)}
            <div class="columns">${targetsPanel(facts)} ${integrityPanel(reader, integrity)}</div>`,
        ),
      }
    },
  },
  {
    method: 'post',
    path: paths.storageSample,
    scope: 'admin',
    async handler({ c, ctx }) {
      const { job } = await triggerBuiltin(ctx, { builtin: SAMPLE })
      sayNext(c, `${job.name} was triggered: storage is counted with the next dispatch`)
      return c.redirect(paths.storage, 303)
    },
  },
]

const countNow = (reader: Reader) =>
  actionButton(reader, { to: paths.storageSample, label: 'Count storage now', tone: 'main' })

const nothingYet = (reader: Reader) =>
  html`${empty(
    'Storage has not been counted yet',
    html`The cron job <code>daily-storage-sample</code> counts it once a day, at 3 in the morning (UTC). You need not
        wait for that.`,
  )}
    <div class="first">${countNow(reader)}</div>`

function held(reader: Reader, report: StorageReport) {
  const { day, sampledAt } = report
  const isOfToday = day === new Date(reader.now).toISOString().slice(0, 10)
  return html`<div class="dim taken">
      As of ${time(reader, sampledAt)} (${ago(reader, sampledAt)}), when all runs were last counted.
      ${isOfToday ? 'It is counted once a day (UTC); the next sample is tomorrow’s.' : countNow(reader)}
    </div>
    ${standing(report)} ${capacityPanel(report)} ${byStatePanel(report)}
    <div class="columns">${shares(report)}</div>`
}
