import { html } from 'hono/html'
import type { ReviewedSweep } from '../../../ledger/deletion/review-sweep.ts'
import type { PoliciesInForce } from '../../../ledger/retention/policies.ts'
import { ago } from '../parts/times.ts'
import { bytes, count, counted } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'

/** Of which kinds the runs are that a sweep would delete: `mail.send 1,200, report 3 and 4 runs of other kinds`. */
export function kindsOf(planned: number, { kinds }: Pick<ReviewedSweep, 'kinds'>) {
  const rest = planned - kinds.reduce((sum, { runs }) => sum + runs, 0)
  return html`${kinds.map(
    ({ kind, runs, bytes: size }, n) =>
      html`${n === 0 ? '' : ', '}<a href="${paths.runs({ kind, range: 'all', storage: 'all' })}">${kind}</a>
        ${count(runs)}${size > 0 ? ` (${bytes(size)})` : ''}`,
  )}${rest > 0 ? `, and ${counted(rest, 'run')} of other kinds` : ''}`
}

/** The policies it goes by, and who has set them: often what it is held for. */
export const setBy = (reader: Reader, { revision, setBy: who, setAt, reason }: PoliciesInForce) =>
  html`revision ${revision} of <a href="${paths.policies()}">the policies</a>, set by ${who} ${ago(reader, setAt)}${
    reason === null ? '' : html`: “${reason}”`
  }
    (<a href="${paths.audit({ action: 'policies.changed' })}">all changes</a>)`

/** What somebody does who does not want it. There is no need to refuse it: what is not let through is not done. */
export const notWanted = (kind: string) =>
  kind === 'script'
    ? html`<p><strong>Not wanted?</strong> Leave it: what nobody lets through is not deleted.</p>`
    : html`<p>
        <strong>Not wanted?</strong> What nobody lets through is not deleted. <a href="${paths.policies()}">Change the policies</a>,
        or hold the runs that are to stay; the next sweep plans anew, and waits no more where there is little left to delete.
      </p>`

/** What has been done since it was held. */
export function sinceThen(reader: Reader, { policies, isOutdated, later }: ReviewedSweep) {
  const change =
    policies === null || !isOutdated
      ? ''
      : html`<p class="problem" role="status">
          The policies have changed since: ${setBy(reader, policies)}. This sweep cannot be let through any more; the next one plans
          anew, by those in force then.
        </p>`
  const other =
    later === null
      ? ''
      : html`<p>
          Another sweep of this kind has been made since: <a href="${paths.sweep(later.id)}">${ago(reader, later.startedAt)}</a>.
        </p>`
  return html`${change} ${other}`
}
