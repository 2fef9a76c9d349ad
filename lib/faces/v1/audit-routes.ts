import { z } from 'zod'
import type { Route } from '../../http/route.ts'
import { ListAudit, listAudit } from '../../ledger/audit/list-audit.ts'
import { VerifiedAudit, VerifyAudit, verifyAudit } from '../../ledger/audit/verify-audit.ts'
import { AuditRow } from '../../run/audit.ts'

/** What was done to whose data, and whether that is still told as it was. For admins. */
export const auditRoutes: Route[] = [
  {
    method: 'get',
    path: '/v1/audit',
    operationId: 'listAudit',
    summary: 'What was done, by whom and why',
    description: 'Newest first. Rows are never changed, and outlive their runs.',
    tag: 'Audit',
    scope: 'admin',
    query: ListAudit,
    responses: {
      200: {
        description: 'A page of rows',
        schema: z.object({ data: z.array(AuditRow), nextCursor: z.string().nullable() }),
      },
    },
    handler: async ({ c, ctx, query }) => c.json(await listAudit(ctx, query as ListAudit)),
  },
  {
    method: 'get',
    path: '/v1/audit:verify',
    operationId: 'verifyAudit',
    summary: 'Verify the audit',
    description:
      'Reads the chain from its first row and compares it with the heads that are kept in the object store. ' +
      'Where time runs out, `nextCursor` goes on.',
    tag: 'Audit',
    scope: 'admin',
    query: VerifyAudit,
    responses: { 200: { description: 'How far it holds', schema: VerifiedAudit } },
    handler: async ({ c, ctx, query }) => c.json(await verifyAudit(ctx, query as VerifyAudit)),
  },
]
