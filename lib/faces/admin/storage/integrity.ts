import { html } from 'hono/html'
import { COVERAGE_DAYS, type Integrity } from '../../../ledger/storage/read-integrity.ts'
import type { Alert } from '../../../run/alert.ts'
import { RunId } from '../../../run/ids.ts'
import { panel } from '../parts/blocks.ts'
import { ago } from '../parts/times.ts'
import { counted, percent } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'

/** How sure it is that what was archived can be read, and what is not so. */
export function integrityPanel(reader: Reader, integrity: Integrity) {
  const { archives, coverage, isAtMost, incidents } = integrity
  return panel(
    'Integrity',
    html`${
      coverage === null
        ? html`<p class="dim">Nothing is archived yet, so there is nothing to verify.</p>`
        : html`<p class="full">
              <meter aria-label="Archives verified lately" min="0" max="1" low="0.99" optimum="1" value="${coverage}"></meter>
              <span><strong>${isAtMost ? 'At most ' : ''}${percent(coverage)}</strong> of ${counted(archives, 'archive')} read again and compared
                in the last ${COVERAGE_DAYS} days</span>
            </p>
            ${oldestOf(reader, integrity)}`
    }
    ${incidentList(reader, incidents)}`,
    { aside: html`<a href="${paths.sweeps({ kind: 'verify' })}">Verify sweeps</a>` },
  )
}

const oldestOf = (reader: Reader, { oldest }: Integrity) =>
  oldest === null
    ? ''
    : html`<p class="dim">
        Verified longest ago: <a href="${paths.run(oldest.runId)}"><code>${oldest.runId}</code></a>,
        ${ago(reader, oldest.verifiedAt)}
      </p>`

/** What was found missing or damaged, and is so still. */
export function incidentList(reader: Reader, incidents: Alert[]) {
  if (incidents.length === 0)
    return html`<p>No archive is known to be damaged, and no object to be missing.</p>`
  return html`<ul class="attention" id="incidents">
    ${incidents.map(
      ({ message, openedAt, timesSeen, data }) =>
        html`<li class="incident">
          <p>${message}</p>
          <p class="dim">
            Since ${ago(reader, openedAt)}, seen ${counted(timesSeen, 'time')}.
            ${runsOf(data).map((id) => html` <a href="${paths.run(id)}"><code class="id">${id}</code></a>`)}
          </p>
        </li>`,
    )}
  </ul>`
}

/** The runs that an alert names. */
function runsOf({ runId, runs }: Alert['data']): string[] {
  return [runId, ...(Array.isArray(runs) ? runs : [])].flatMap((one) => {
    const { data } = RunId.safeParse(one)
    return data ?? []
  })
}
