import { z } from 'zod'
import { REQUEST_STORAGE } from '../../http/request-storage.ts'
import type { Call, Route } from '../../http/route.ts'
import { archiveRun } from '../../ledger/archives/archive-run.ts'
import { getArchive } from '../../ledger/archives/get-archive.ts'
import { restoreRun } from '../../ledger/archives/restore-run.ts'
import { LIMITS } from '../../run/limits.ts'
import { Run } from '../../run/run.ts'
import { limitedResponse } from './shapes.ts'

const MAKER = 'For whoever made the run, and for admins.'
const MEANWHILE = 'It is begun, and will be gone on with; read the run to see when it is through'

/** What is put away of a run: by hand, back again, and as a file. */
export const archiveRoutes: Route[] = [
  {
    method: 'post',
    path: '/v1/runs/{id}:archive',
    operationId: 'archiveRun',
    summary: 'Archive a run now',
    description: `Its log and files go into one compressed tar, which is read back before they are removed. ${MAKER}`,
    tag: 'Retention',
    scope: 'runs:write',
    responses: {
      200: { description: 'The run, archived', schema: Run },
      202: { description: MEANWHILE, schema: Run },
      409: { description: 'It has not ended, is held, or has nothing to be archived' },
      429: limitedResponse,
    },
    handler: async ({ c, ctx, params }) =>
      answer(c, await archiveRun(ctx, { id: params.id as string }, REQUEST_STORAGE)),
  },
  {
    method: 'post',
    path: '/v1/runs/{id}:restore',
    operationId: 'restoreRun',
    summary: 'Restore an archived run',
    description: `Its log and files are put back to where they were, byte for byte; also, for admins, of a deleted run whose archive is in its grace. ${MAKER}`,
    tag: 'Retention',
    scope: 'runs:write',
    responses: {
      200: { description: 'The run, with its files where they were', schema: Run },
      202: { description: MEANWHILE, schema: Run },
      409: { description: 'There is nothing to restore from, or another file is in the way' },
    },
    handler: async ({ c, ctx, params }) =>
      answer(c, await restoreRun(ctx, { id: params.id as string }, REQUEST_STORAGE)),
  },
  {
    method: 'get',
    path: '/v1/runs/{id}/archive',
    operationId: 'getArchive',
    summary: 'Download an archive',
    description: `The URL it leads to needs no key and is good for ${LIMITS.presignSeconds / 60} minutes. ${MAKER}`,
    tag: 'Retention',
    scope: 'runs:read',
    responses: {
      200: {
        description: 'The archive, for whoever follows',
        contentType: ['application/gzip', 'application/x-bzip2', 'application/x-xz'],
        schema: z.string().meta({ format: 'binary' }),
      },
      302: { description: 'Where the archive is', headers: { Location: 'A signed URL' } },
      404: { description: 'It has none' },
      429: limitedResponse,
    },
    async handler({ c, ctx, params }) {
      const { url } = await getArchive(ctx, { id: params.id as string })
      c.header('Cache-Control', 'no-store')
      return c.redirect(url)
    },
  },
]

function answer(c: Call['c'], run: Run): Response {
  const isUnderWay = run.storageState === 'archiving' || run.storageState === 'restoring'
  return c.json(run, isUnderWay ? 202 : 200)
}
