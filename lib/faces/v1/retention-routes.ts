import type { Route } from '../../http/route.ts'
import { ExplainedRetention, explainRetention } from '../../ledger/retention/explain-retention.ts'
import { HoldRun, holdRun, ReleaseRun, releaseRun } from '../../ledger/retention/hold-run.ts'
import { PlanRetention, planRetention } from '../../ledger/retention/plan-retention.ts'
import { getPolicies, PoliciesInForce, PutPolicies, putPolicies } from '../../ledger/retention/policies.ts'
import { RetainRun, retainRun } from '../../ledger/retention/retain-run.ts'
import { RetentionPlan } from '../../run/retention-plan.ts'
import { Run } from '../../run/run.ts'
import { fieldsOf, inputOf } from './shapes.ts'

const ADMIN = { tag: 'Retention', scope: 'admin' } as const
const GONE = { 409: { description: 'Its data is being deleted, or is' } }

/** How long data is kept, and what keeps single runs. For admins. */
export const retentionRoutes: Route[] = [
  {
    ...ADMIN,
    method: 'get',
    path: '/v1/runs/{id}/retention',
    operationId: 'explainRetention',
    summary: 'What will happen to a run',
    description: 'When it is archived and deleted, by which rule, or why not; and every hold it has had.',
    responses: { 200: { description: 'What a sweep would say of it now', schema: ExplainedRetention } },
    handler: async ({ c, ctx, params }) => c.json(await explainRetention(ctx, { id: params.id as string })),
  },
  {
    ...ADMIN,
    method: 'post',
    path: '/v1/runs/{id}:hold',
    operationId: 'holdRun',
    summary: 'Hold a run',
    description:
      'Until it is released, or the hold expires, it is neither archived away nor deleted, whatever the policies say.',
    body: HoldRun.omit({ id: true }),
    responses: { 200: { description: 'The run, held', schema: Run }, ...GONE },
    handler: async (call) => call.c.json(await holdRun(call.ctx, inputOf<HoldRun>(call))),
  },
  {
    ...ADMIN,
    method: 'post',
    path: '/v1/runs/{id}:release',
    operationId: 'releaseRun',
    summary: 'Release a run that is held',
    body: ReleaseRun.omit({ id: true }),
    bodyOptional: true,
    responses: { 200: { description: 'The run, no longer held', schema: Run }, ...GONE },
    handler: async (call) => call.c.json(await releaseRun(call.ctx, inputOf<ReleaseRun>(call))),
  },
  {
    ...ADMIN,
    method: 'post',
    path: '/v1/runs/{id}:retain',
    operationId: 'retainRun',
    summary: 'Keep a run for longer',
    description: 'It is archived as any other, and not deleted before `until`.',
    body: RetainRun.omit({ id: true }),
    responses: { 200: { description: 'The run, with its `retainUntil`', schema: Run }, ...GONE },
    handler: async (call) => call.c.json(await retainRun(call.ctx, inputOf<RetainRun>(call))),
  },
  {
    ...ADMIN,
    method: 'get',
    path: '/v1/retention/policies',
    operationId: 'getRetentionPolicies',
    summary: 'Read the policies',
    responses: { 200: { description: 'What is in force', schema: PoliciesInForce } },
    handler: async ({ c, ctx }) => c.json(await getPolicies(ctx)),
  },
  {
    ...ADMIN,
    method: 'put',
    path: '/v1/retention/policies',
    operationId: 'putRetentionPolicies',
    summary: 'Set the policies',
    description:
      'All rules anew. They count for old runs too, from the next sweep on. ' +
      'Of each term the most specific rule counts: one for the kind before one for the project before one for the state.',
    body: PutPolicies,
    responses: {
      200: { description: 'What is in force now', schema: PoliciesInForce },
      409: { description: 'Somebody else has set them since `revision`' },
    },
    handler: async ({ c, ctx, body }) => c.json(await putPolicies(ctx, fieldsOf(body) as PutPolicies)),
  },
  {
    ...ADMIN,
    method: 'post',
    path: '/v1/retention/plan',
    operationId: 'planRetention',
    summary: 'Simulate policies',
    description:
      'What these policies, or any others, come to now or at any instant. Nothing is touched. ' +
      'Where time runs out the answer is a part, and `nextCursor` goes on.',
    body: PlanRetention,
    bodyOptional: true,
    responses: { 200: { description: 'What would be archived, deleted and kept', schema: RetentionPlan } },
    handler: async ({ c, ctx, body }) => c.json(await planRetention(ctx, fieldsOf(body) as PlanRetention)),
  },
]
