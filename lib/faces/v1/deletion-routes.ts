import { z } from 'zod'
import type { Route } from '../../http/route.ts'
import { DeleteRun, deleteRun } from '../../ledger/deletion/delete-run.ts'
import { MigratedFolders, MigrateFolders, migrateFolders } from '../../ledger/deletion/migrate-folders.ts'
import { DeleteOrphans, deleteOrphans, ListOrphans, listOrphans } from '../../ledger/deletion/orphans.ts'
import { ApproveSweep, approveSweep } from '../../ledger/retention/approve-sweep.ts'
import { CleanedRuns, DeletedRun, Orphan } from '../../run/deletion.ts'
import { Sweep } from '../../run/sweep.ts'
import { fieldsOf, inputOf } from './shapes.ts'

const ADMIN = { tag: 'Retention', scope: 'admin' } as const

/** What goes, who lets it go, and what nobody knows of. For admins. */
export const deletionRoutes: Route[] = [
  {
    ...ADMIN,
    method: 'post',
    path: '/v1/runs/{id}:delete',
    operationId: 'deleteRun',
    summary: 'Delete a run',
    description:
      'Softly, all of it stays until its grace is over, and it can be restored. For good, its objects go at once, then its row; ' +
      'the audit keeps who, why, and its figures.',
    body: DeleteRun.omit({ id: true }).meta({ id: 'DeleteRun' }),
    responses: {
      200: { description: 'It is deleted', schema: DeletedRun },
      409: { description: 'It has not finished, is held, or somebody works on its files' },
    },
    handler: async (call) => call.c.json(await deleteRun(call.ctx, inputOf<DeleteRun>(call))),
  },
  {
    ...ADMIN,
    tag: 'Sweeps',
    method: 'post',
    path: '/v1/sweeps/{id}:approve',
    operationId: 'approveSweep',
    summary: 'Let a sweep through',
    description:
      'One that waits as `needs_approval`: what was due when it was counted may go, as much as it counted, by the policies of then, within two days. ' +
      'The next sweep of its kind goes on with it; of a `cleanup`, only the same request, sent again.',
    body: ApproveSweep.omit({ id: true }).meta({ id: 'ApproveSweepBody' }),
    bodyOptional: true,
    responses: {
      200: { description: 'The sweep, with its approval', schema: Sweep },
      409: { description: 'It does not wait, or the policies have changed since' },
    },
    handler: async (call) => call.c.json(await approveSweep(call.ctx, inputOf<ApproveSweep>(call))),
  },
  {
    ...ADMIN,
    method: 'get',
    path: '/v1/storage/orphans',
    operationId: 'listOrphans',
    summary: 'List objects that nobody knows',
    description: 'As the reconcile sweep has found them: older than 48 hours, and named by no row.',
    query: ListOrphans,
    responses: {
      200: {
        description: 'A page of them, in the order of their keys',
        schema: z.object({ data: z.array(Orphan), nextCursor: z.string().nullable() }),
      },
    },
    handler: async ({ c, ctx, query }) => c.json(await listOrphans(ctx, query as ListOrphans)),
  },
  {
    ...ADMIN,
    method: 'post',
    path: '/v1/storage/orphans:delete',
    operationId: 'deleteOrphans',
    summary: 'Delete objects that nobody knows',
    description:
      'From the list alone, as somebody has looked at it. One that is known by now, or has changed, stays.',
    body: DeleteOrphans,
    responses: {
      200: {
        description: 'What went, and what did not',
        schema: z.object({
          deleted: z.number().int(),
          freedSpace: z.number().int(),
          errors: CleanedRuns.shape.errors,
        }),
      },
    },
    handler: async ({ c, ctx, body }) => c.json(await deleteOrphans(ctx, fieldsOf(body) as DeleteOrphans)),
  },
  {
    ...ADMIN,
    method: 'post',
    path: '/v1/retention/migrate-folders',
    operationId: 'migrateFolders',
    summary: 'Name the folders of older runs',
    description:
      'Ended runs without one get the name of a folder, by when they were made; with `rename` their files are moved below it. ' +
      'Where time runs out `more` is true, and another call goes on.',
    body: MigrateFolders,
    bodyOptional: true,
    responses: { 200: { description: 'What was done', schema: MigratedFolders } },
    handler: async ({ c, ctx, body }) => c.json(await migrateFolders(ctx, fieldsOf(body) as MigrateFolders)),
  },
]
