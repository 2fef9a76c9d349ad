import { verifyAudit } from '../../../ledger/audit/verify-audit.ts'
import type { Page } from '../page.ts'
import { paths } from '../paths.ts'
import { auditView } from './list-page.ts'

/** Looks through the chain, and shows what that has shown. It changes nothing; a form, for it takes up to ten seconds. */
export const verifyPage: Page = {
  method: 'post',
  path: paths.auditVerify,
  scope: 'admin',
  async handler(call) {
    const cursor = call.form.get('cursor')
    const verified = await verifyAudit(call.ctx, cursor === undefined ? {} : { cursor })
    return await auditView({ ...call, query: {} }, verified)
  },
}
