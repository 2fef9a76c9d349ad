import { type ListAudit, listAudit } from '../../../ledger/audit/list-audit.ts'
import type { Context } from '../../../ports/context.ts'
import type { AuditRow } from '../../../run/audit.ts'
import { LIMITS } from '../../../run/limits.ts'
import type { Page } from '../page.ts'
import { paths } from '../paths.ts'
import { filterOf, toListAudit } from './audit-filter.ts'

/** The rows that are asked for as a file, newest first: each as `/v1/audit` gives it, a line each or as one JSON. */
export const exportPage: Page = {
  method: 'get',
  path: paths.auditExport(),
  scope: 'admin',
  async handler({ c, ctx, query, reader }) {
    const asked = toListAudit(reader, filterOf(query))
    const pages = pagesOf(ctx, asked)
    // Asked for before anything is sent: what is wrong with it is a page of its own.
    const first = await pages.next()
    const form = query.format === 'json' ? JSON_FORM : NDJSON_FORM
    c.header('Content-Type', form.type)
    c.header('Content-Disposition', `attachment; filename="audit.${form.ending}"`)
    c.header('Cache-Control', 'no-store')
    return c.body(ReadableStream.from(textsOf(form, first.value ?? [], pages)))
  },
}

interface FileForm {
  type: string
  ending: string
  before: string
  between: string
  after: string
}

const NDJSON_FORM: FileForm = {
  type: 'application/x-ndjson',
  ending: 'ndjson',
  before: '',
  between: '\n',
  after: '\n',
}
const JSON_FORM: FileForm = {
  type: 'application/json',
  ending: 'json',
  before: '[\n',
  between: ',\n',
  after: '\n]\n',
}

async function* pagesOf(ctx: Context, asked: ListAudit): AsyncGenerator<AuditRow[], undefined> {
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await listAudit(ctx, { ...asked, limit: LIMITS.pageSize, ...(cursor ? { cursor } : {}) })
    yield page.data
    cursor = page.nextCursor
  }
}

async function* textsOf(
  { before, between, after }: FileForm,
  first: AuditRow[],
  rest: AsyncGenerator<AuditRow[], undefined>,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  const toText = (rows: AuditRow[]) => rows.map((row) => JSON.stringify(row)).join(between)
  yield encoder.encode(`${before}${toText(first)}`)
  for await (const rows of rest) if (rows.length > 0) yield encoder.encode(`${between}${toText(rows)}`)
  // An export of nothing has no line.
  yield encoder.encode(before === '' && first.length === 0 ? '' : after)
}
