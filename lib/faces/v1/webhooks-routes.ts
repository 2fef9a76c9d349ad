import { z } from 'zod'
import type { Route } from '../../http/route.ts'
import { listDeliveries } from '../../ledger/webhooks/list-deliveries.ts'
import { testWebhook } from '../../ledger/webhooks/test-webhook.ts'
import {
  CreateWebhook,
  ListDeliveries,
  ListWebhooks,
  type UpdateWebhook,
  WebhookFields,
} from '../../ledger/webhooks/webhook-input.ts'
import {
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhooks,
  rotateWebhook,
  updateWebhook,
} from '../../ledger/webhooks/webhooks.ts'
import { Delivery, NewWebhook, Webhook } from '../../run/webhook.ts'
import { fieldsOf } from './shapes.ts'

const ADMIN = { tag: 'Webhooks', scope: 'admin' } as const

/** Who outside is told of what; for admins. */
export const webhooksRoutes: Route[] = [
  {
    ...ADMIN,
    method: 'post',
    path: '/v1/webhooks',
    operationId: 'createWebhook',
    summary: 'Tell a URL of events',
    description:
      'Each event is a POST that is signed as Standard Webhooks has it; it is tried again for a day until it is answered with 2xx. The secret is in this answer and nowhere else. A webhook to which nothing gets through for a day is disabled.',
    body: CreateWebhook,
    responses: { 201: { description: 'The webhook, with its secret', schema: NewWebhook } },
    handler: async ({ c, ctx, body }) =>
      c.json(await createWebhook(ctx, fieldsOf(body) as CreateWebhook), 201),
  },
  {
    ...ADMIN,
    method: 'get',
    path: '/v1/webhooks',
    operationId: 'listWebhooks',
    summary: 'List webhooks',
    query: ListWebhooks,
    responses: {
      200: {
        description: 'A page of webhooks, newest first',
        schema: z.object({ data: z.array(Webhook), nextCursor: z.string().nullable() }),
      },
    },
    handler: async ({ c, ctx, query }) => c.json(await listWebhooks(ctx, query as ListWebhooks)),
  },
  {
    ...ADMIN,
    method: 'get',
    path: '/v1/webhooks/{id}',
    operationId: 'getWebhook',
    summary: 'Read a webhook',
    responses: { 200: { description: 'The webhook', schema: Webhook } },
    handler: async ({ c, ctx, params }) => c.json(await getWebhook(ctx, { id: params.id as string })),
  },
  {
    ...ADMIN,
    method: 'put',
    path: '/v1/webhooks/{id}',
    operationId: 'updateWebhook',
    summary: 'Change a webhook',
    description: 'What is given is changed. Enabled again, it begins anew, as one that has never failed.',
    body: WebhookFields,
    responses: { 200: { description: 'The webhook', schema: Webhook } },
    handler: async ({ c, ctx, params, body }) =>
      c.json(await updateWebhook(ctx, { ...fieldsOf(body), id: params.id as string } as UpdateWebhook)),
  },
  {
    ...ADMIN,
    method: 'delete',
    path: '/v1/webhooks/{id}',
    operationId: 'deleteWebhook',
    summary: 'Delete a webhook',
    description: 'Nothing more is delivered to it, not what is on its way either.',
    responses: { 204: { description: 'It is gone' } },
    handler: async ({ c, ctx, params }) => {
      await deleteWebhook(ctx, { id: params.id as string })
      return c.body(null, 204)
    },
  },
  {
    ...ADMIN,
    method: 'post',
    path: '/v1/webhooks/{id}:rotate',
    operationId: 'rotateWebhook',
    summary: 'Give a webhook a new secret',
    description: 'For a day the one before signs, too.',
    responses: { 200: { description: 'The webhook, with its new secret', schema: NewWebhook } },
    handler: async ({ c, ctx, params }) => c.json(await rotateWebhook(ctx, { id: params.id as string })),
  },
  {
    ...ADMIN,
    method: 'post',
    path: '/v1/webhooks/{id}:test',
    operationId: 'testWebhook',
    summary: 'Send a `webhook.test` now',
    description: 'Once, and answered with what came of it.',
    responses: { 200: { description: 'The delivery, made or failed', schema: Delivery } },
    handler: async ({ c, ctx, params }) => c.json(await testWebhook(ctx, { id: params.id as string })),
  },
  {
    ...ADMIN,
    method: 'get',
    path: '/v1/webhooks/{id}/deliveries',
    operationId: 'listDeliveries',
    summary: 'List what was delivered to a webhook, and what was not',
    query: ListDeliveries.omit({ id: true }),
    responses: {
      200: {
        description: 'A page of deliveries of the last 30 days, newest first',
        schema: z.object({ data: z.array(Delivery), nextCursor: z.string().nullable() }),
      },
    },
    handler: async ({ c, ctx, params, query }) =>
      c.json(await listDeliveries(ctx, { ...query, id: params.id as string } as ListDeliveries)),
  },
]
