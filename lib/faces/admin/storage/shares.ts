import { html } from 'hono/html'
import type { StorageReport } from '../../../ledger/storage/read-storage.ts'
import type { Html } from '../page.ts'
import { figure, figures, panel, table } from '../parts/blocks.ts'
import { storageBadge } from '../parts/state-badge.ts'
import { bytes, count, counted, percent } from '../parts/words.ts'
import { paths } from '../paths.ts'

const RIGHT = (name: string) => ({ name, right: true })

/** The numbers that matter. */
export function standing({ total, byState, held, savedRatio }: StorageReport) {
  const of = (state: string) => byState.find(({ storageState }) => storageState === state)
  const [active, archived, deleted] = [of('active'), of('archived'), of('deleted')]
  const runs = (n = 0) => counted(n, 'run')
  return figures([
    figure('In all', bytes(total.bytes), runs(total.runs)),
    figure('Active', bytes(active?.bytes ?? 0), runs(active?.runs)),
    figure('Archived', bytes(archived?.bytes ?? 0), `${runs(archived?.runs)}${saves(savedRatio)}`),
    figure('On hold', bytes(held.bytes), html`<a href="${paths.holds()}">${runs(held.runs)}</a>`),
    figure(
      'Deleted, still there',
      bytes(deleted?.bytes ?? 0),
      html`<a href="${paths.deletedRuns()}">Recently deleted</a>`,
    ),
  ])
}

const saves = (ratio: number | null) => (ratio === null ? '' : `, ${percent(ratio)} less than before`)

/** What holds it, by what it is. */
export const byStatePanel = ({ byState }: StorageReport) =>
  panel(
    'By state',
    table({
      caption: 'Storage by state',
      fold: true,
      columns: ['State', RIGHT('Runs'), RIGHT('Logs'), RIGHT('Outputs'), RIGHT('Archives'), RIGHT('In all')],
      rows: byState.map(({ storageState, runs, logBytes, outputBytes, archiveBytes, ...one }) => [
        storageBadge(storageState),
        count(runs),
        ...[logBytes, outputBytes, archiveBytes, one.bytes].map(bytes),
      ]),
    }),
  )

/** What holds it, by kind and project. */
export function shares({ total, byKind, byProject }: StorageReport): Html[] {
  const most = Math.max(total.bytes, 1)
  return [
    panel(
      'By kind',
      sharesTable(
        'Kind',
        byKind.map(({ kind, ...one }) => [
          html`<a href="${paths.runs({ kind, range: 'all', storage: 'all' })}">${kind}</a>`,
          one,
        ]),
        most,
      ),
    ),
    ...(byProject.length < 2
      ? []
      : [
          panel(
            'By project',
            sharesTable(
              'Project',
              byProject.map(({ projectId, ...one }) => [
                projectId === null
                  ? html`<span class="dim">none</span>`
                  : html`<a href="${paths.runs({ project: projectId, range: 'all', storage: 'all' })}">${projectId}</a>`,
                one,
              ]),
              most,
            ),
          ),
        ]),
  ]
}

function sharesTable(name: string, rows: [Html, { runs: number; bytes: number }][], most: number) {
  return table({
    caption: `Storage by ${name.toLowerCase()}`,
    fold: true,
    columns: [name, RIGHT('Runs'), RIGHT('Bytes'), 'Share'],
    rows: rows.map(([label, one]) => [
      label,
      count(one.runs),
      bytes(one.bytes),
      html`<span class="share"><meter aria-label="Share of all bytes" min="0" max="${most}" value="${one.bytes}"></meter>
        ${percent(one.bytes / most)}</span>`,
    ]),
  })
}
