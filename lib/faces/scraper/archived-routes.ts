import { z } from 'zod'
import { givenOf } from '../../http/asked-days.ts'
import type { Route } from '../../http/route.ts'
import { parseInput } from '../../ledger/parse-input.ts'
import { pageRuns } from '../../ledger/runs/page-runs.ts'
import { JobRow, ListArchived, page, success } from './shapes.ts'
import { toJobRow } from './translate.ts'

const TAG = 'Scraper jobs'

/** What is in archives. */
export const archivedRoutes: Route[] = [
  {
    method: 'get',
    path: '/api/scraper/jobs/archived',
    operationId: 'listArchivedJobs',
    summary: 'Archived jobs, newest first',
    description:
      'For admins all that their key sees, for others what they created. Dates go by `created_at`. Only the first 10,000 are reached ' +
      'by `offset`, and `total` counts no further.',
    tag: TAG,
    scope: 'runs:read',
    query: ListArchived,
    responses: {
      200: {
        description: 'A page of jobs',
        schema: success(z.array(JobRow), { total: z.number().int(), ...page }),
      },
    },
    async handler({ c, ctx, query }) {
      const { start_date: since, end_date: before, limit, offset } = parseInput(ListArchived, givenOf(query))
      const asked = { since, before, limit, offset, storageState: ['archived' as const], counted: true }
      const { data, more, total } = await pageRuns(ctx, asked)
      return c.json({ success: true, data: data.map(toJobRow), total, limit, offset, has_more: more })
    },
  },
]
