import { z } from 'zod'
import type { Route } from '../../http/route.ts'
import { readSweepLog } from '../../ledger/retention/sweep-log.ts'
import { getSweep, ListSweeps, listSweeps, StartSweep, startSweep } from '../../ledger/retention/sweeps.ts'
import { Sweep } from '../../run/sweep.ts'
import { fieldsOf } from './shapes.ts'

/** Passes of maintenance; for admins. */
export const sweepsRoutes: Route[] = [
  {
    method: 'post',
    path: '/v1/sweeps',
    operationId: 'startSweep',
    summary: 'Make a sweep now',
    description: 'Answered when it has ended, after four minutes at most. Twice at once does no harm.',
    tag: 'Sweeps',
    scope: 'admin',
    body: StartSweep,
    responses: {
      201: { description: 'The sweep, ended', schema: Sweep, headers: { Location: 'Where the sweep is' } },
    },
    async handler({ c, ctx, body }) {
      const sweep = await startSweep(ctx, fieldsOf(body) as StartSweep)
      c.header('Location', `/v1/sweeps/${sweep.id}`)
      return c.json(sweep, 201)
    },
  },
  {
    method: 'get',
    path: '/v1/sweeps',
    operationId: 'listSweeps',
    summary: 'List sweeps',
    tag: 'Sweeps',
    scope: 'admin',
    query: ListSweeps,
    responses: {
      200: {
        description: 'A page of sweeps, newest first',
        schema: z.object({ data: z.array(Sweep), nextCursor: z.string().nullable() }),
      },
    },
    handler: async ({ c, ctx, query }) => c.json(await listSweeps(ctx, query as ListSweeps)),
  },
  {
    method: 'get',
    path: '/v1/sweeps/{id}',
    operationId: 'getSweep',
    summary: 'Read a sweep',
    tag: 'Sweeps',
    scope: 'admin',
    responses: { 200: { description: 'The sweep', schema: Sweep } },
    handler: async ({ c, ctx, params }) => c.json(await getSweep(ctx, { id: params.id as string })),
  },
  {
    method: 'get',
    path: '/v1/sweeps/{id}/log',
    operationId: 'getSweepLog',
    summary: 'Read what a sweep has to tell',
    description:
      'Who asked for it, what it found, who let it through, what went wrong with what, and what came of it, a line each. ' +
      'Those of cleanups stand also in `logs/cleanup/{date}-cleanup.log`, a day each.',
    tag: 'Sweeps',
    scope: 'admin',
    responses: { 200: { description: 'Lines of text', contentType: 'text/plain' } },
    handler: async ({ c, ctx, params }) => c.text(await readSweepLog(ctx, { id: params.id as string })),
  },
]
