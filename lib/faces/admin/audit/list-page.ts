import { html } from 'hono/html'
import { auditHead } from '../../../ledger/audit/audit-head.ts'
import { listAudit } from '../../../ledger/audit/list-audit.ts'
import type { VerifiedAudit } from '../../../ledger/audit/verify-audit.ts'
import { isLedgerError } from '../../../run/errors.ts'
import type { Page, PageCall, View } from '../page.ts'
import { empty, pager, panel } from '../parts/blocks.ts'
import { paths } from '../paths.ts'
import { type AuditFilter, filterOf, queryOf, toListAudit } from './audit-filter.ts'
import { auditRows } from './audit-rows.ts'
import { chainStatus } from './chain-status.ts'
import { filterForm } from './filter-form.ts'

export const listPage: Page = {
  method: 'get',
  path: paths.audit(),
  scope: 'admin',
  handler: (call) => auditView(call),
}

/** Whether the chain holds, which rows are asked for, and those. */
export async function auditView(call: PageCall, verified?: VerifiedAudit): Promise<View> {
  const { ctx, query, reader } = call
  const filter = filterOf(query)
  const cursor = query.cursor || undefined
  const [head, found] = await Promise.all([auditHead(ctx), rowsOf(call, filter, cursor)])
  const own = queryOf(filter)
  const { data, nextCursor, problems } = found
  return {
    title: 'Audit',
    section: 'audit',
    ...(Object.keys(problems).length === 0 ? {} : { status: 422 }),
    body: html`<h1>Audit</h1>
      <p>Who did what to whose data, and why. Rows are never changed or removed, and outlive the runs they tell of; each carries the hash of the one before.</p>
      ${chainStatus(reader, head, verified)}
      ${filterForm(filter, problems)}
      ${panel(
        'Rows',
        data.length === 0
          ? nothing(filter)
          : html`${auditRows(reader, data)}
            ${pager({
              first: cursor === undefined ? null : paths.audit(own),
              next: nextCursor === null ? null : paths.audit({ ...own, cursor: nextCursor }),
            })}`,
        {
          aside: html`<span class="exports">Export <a href="${paths.auditExport({ ...own, format: 'ndjson' })}" download>NDJSON</a>
            <a href="${paths.auditExport({ ...own, format: 'json' })}" download>JSON</a></span>`,
        },
      )}`,
  }
}

/** What was asked for in a way that cannot be answered is told beside its field. */
async function rowsOf({ ctx, reader }: PageCall, filter: AuditFilter, cursor: string | undefined) {
  try {
    const asked = { ...toListAudit(reader, filter), ...(cursor === undefined ? {} : { cursor }) }
    return { ...(await listAudit(ctx, asked)), problems: {} }
  } catch (error) {
    if (!isLedgerError(error) || error.code !== 'invalid') throw error
    const problems = Object.fromEntries(
      error.issues.map(({ path, message }) => [FIELDS[path] ?? path, message]),
    )
    return { data: [], nextCursor: null, problems }
  }
}

const FIELDS: Record<string, string> = { runId: 'run', actor: 'who' }

function nothing(filter: AuditFilter) {
  if (Object.values(filter).some((value) => value !== undefined))
    return empty('None of these matches', html`<a href="${paths.audit()}">Show all rows</a>`)
  return empty(
    'Nothing has been done yet',
    'What archives, deletes, holds or restores a run, and what changes policies, cron jobs and keys, will stand here.',
  )
}
