import { html } from 'hono/html'
import type { VerifiedAudit } from '../../../ledger/audit/verify-audit.ts'
import type { AuditHead } from '../../../run/audit.ts'
import { facts, panel } from '../parts/blocks.ts'
import { actionButton } from '../parts/form.ts'
import { ago, time } from '../parts/times.ts'
import { count, counted } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'

/** Where the chain ends, and what looking through it has shown. */
export function chainStatus(reader: Reader, head: AuditHead | null, verified: VerifiedAudit | undefined) {
  const button = actionButton(reader, { to: paths.auditVerify, label: 'Verify the chain' })
  if (head === null)
    return panel('The chain', html`<p>It is empty: it begins with the first thing that is done.</p>`)
  return panel(
    'The chain',
    html`${verified === undefined ? '' : verdict(reader, verified)}
      ${facts([
        ['Rows', count(head.seq)],
        ['Last row', html`${time(reader, head.at)} <span class="dim">${ago(reader, head.at)}</span>`],
      ])}
      <p class="hint">The hash of the last row stands for all of them: <code>${head.hash}</code></p>`,
    { aside: button },
  )
}

function verdict(reader: Reader, { ok, checked, head, broken, keptHeads, nextCursor }: VerifiedAudit) {
  const compared =
    keptHeads === 0
      ? 'No head is kept in the object store yet to compare with.'
      : `It was compared with ${counted(keptHeads, 'head')} kept in the object store.`
  if (!ok)
    return html`<div class="problem" role="alert" id="verdict">
      <p><strong>The audit is not as it was written.</strong> ${broken === null ? '' : `Row ${broken.seq}: ${broken.because}.`}</p>
      <p>${counted(checked, 'row')} before it ${checked === 1 ? 'holds' : 'hold'}. ${compared}</p>
    </div>`
  return html`<div class="good" role="status" id="verdict">
    <p><strong>${nextCursor === null ? 'The chain holds' : 'It holds so far'}: ${counted(checked, 'row')} checked${head === null ? '' : `, up to row ${count(head.seq)}`}.</strong> ${compared}</p>
    ${nextCursor === null ? '' : html`<p>There is more than was looked through in ten seconds. ${actionButton(reader, { to: paths.auditVerify, label: 'Go on', fields: { cursor: nextCursor } })}</p>`}
  </div>`
}
