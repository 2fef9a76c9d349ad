import { z } from 'zod'
import { givenOf } from '../../http/asked-days.ts'
import { askedRun } from '../../http/asked-run.ts'
import type { Call, Route } from '../../http/route.ts'
import { success } from '../../http/success.ts'
import { archiveRun } from '../../ledger/archives/archive-run.ts'
import { getArchive } from '../../ledger/archives/get-archive.ts'
import { restoreRun } from '../../ledger/archives/restore-run.ts'
import { deleteRun } from '../../ledger/deletion/delete-run.ts'
import { parseInput } from '../../ledger/parse-input.ts'
import { holdRun } from '../../ledger/retention/hold-run.ts'
import { pageRuns } from '../../ledger/runs/page-runs.ts'
import { LIMITS } from '../../run/limits.ts'
import type { Run } from '../../run/run.ts'
import { DeletedJob, DeleteJob, HeldJob, Hold, JobRow, ListArchived, page } from './shapes.ts'
import { toDeletedJob, toJobRow } from './translate.ts'

const TAG = 'Scraper jobs'

const params = z.object({ job_id: z.string() })
const idIn = (call: Call) => askedRun(call, 'job_id')
/** What a request waits for at most; the rest is done after it. */
const HERE = { budgetMs: 20_000, gzipOnly: true }
const STAYS = 'For whoever created the job, and for admins. Asked again it goes on, or changes nothing. '
const WHEN_DONE = {
  200: { description: 'It is done', schema: success(JobRow) },
  202: { description: 'It is on its way', schema: success(JobRow) },
}

/** What is archived, held or deleted. */
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
  {
    method: 'post',
    path: '/api/scraper/jobs/{job_id}/archive',
    operationId: 'archiveJob',
    summary: 'Archive a job now',
    description: `${STAYS}Its files are in the archive alone once it has been read back.`,
    tag: TAG,
    scope: 'runs:write',
    params,
    responses: WHEN_DONE,
    handler: async (call) => answer(call, await archiveRun(call.ctx, { id: idIn(call) }, HERE)),
  },
  {
    method: 'post',
    path: '/api/scraper/jobs/{job_id}/restore',
    operationId: 'restoreJob',
    summary: 'Put the files of an archived job back',
    description: `${STAYS}Also of a deleted job, while it can be restored; that is for admins.`,
    tag: TAG,
    scope: 'runs:write',
    params,
    responses: WHEN_DONE,
    handler: async (call) => answer(call, await restoreRun(call.ctx, { id: idIn(call) }, HERE)),
  },
  {
    method: 'get',
    path: '/api/scraper/jobs/{job_id}/archive/download',
    operationId: 'downloadArchive',
    summary: 'Download the archive of a job',
    description: `For whoever created the job, and for admins. The URL needs no key and is good for ${LIMITS.presignSeconds / 60} minutes.`,
    tag: TAG,
    scope: 'runs:read',
    params,
    responses: { 302: { description: 'Where the archive is', headers: { Location: 'A signed URL' } } },
    async handler(call) {
      const { url } = await getArchive(call.ctx, { id: idIn(call) })
      call.c.header('Cache-Control', 'no-store')
      return call.c.redirect(url)
    },
  },
  {
    method: 'post',
    path: '/api/scraper/jobs/{job_id}/hold',
    operationId: 'holdJob',
    summary: 'Keep a job from being archived or deleted',
    tag: TAG,
    scope: 'admin',
    params,
    body: Hold,
    responses: { 200: { description: 'It is held', schema: success(HeldJob) } },
    async handler(call) {
      const { reason, until } = parseInput(Hold, call.body ?? {})
      const run = await holdRun(call.ctx, { id: idIn(call), reason, until })
      return call.c.json({ success: true, data: { ...toJobRow(run), hold_until: run.holdUntil } })
    },
  },
  {
    method: 'delete',
    path: '/api/scraper/jobs/{job_id}',
    operationId: 'deleteJob',
    summary: 'Delete a job now',
    description: 'As the policies say: softly, so that it can be restored for a while, or for good.',
    tag: TAG,
    scope: 'admin',
    params,
    query: DeleteJob,
    responses: { 200: { description: 'What became of it', schema: success(DeletedJob) } },
    async handler(call) {
      const { reason = 'deleted by request' } = parseInput(DeleteJob, givenOf(call.query))
      const deleted = await deleteRun(call.ctx, { id: idIn(call), reason })
      return call.c.json({ success: true, data: toDeletedJob(deleted) })
    },
  },
]

/** A large one goes on after the answer. */
const answer = ({ c }: Call, run: Run): Response =>
  c.json({ success: true, data: toJobRow(run) }, isOnItsWay(run) ? 202 : 200)

const isOnItsWay = ({ storageState }: Run) => storageState === 'archiving' || storageState === 'restoring'
