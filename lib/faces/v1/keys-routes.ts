import { z } from 'zod'
import type { Route } from '../../http/route.ts'
import {
  CreateKey,
  createKey,
  Key,
  ListKeys,
  listKeys,
  NewKey,
  revokeKey,
  rotateKey,
} from '../../ledger/keys/keys.ts'
import { fieldsOf } from './shapes.ts'

/** The keys of the API; for admins. */
export const keysRoutes: Route[] = [
  {
    method: 'post',
    path: '/v1/keys',
    operationId: 'createKey',
    summary: 'Make a key',
    description: 'Its text is in this answer and nowhere else.',
    tag: 'Keys',
    scope: 'admin',
    body: CreateKey,
    responses: { 201: { description: 'The key, with its text', schema: NewKey } },
    handler: async ({ c, ctx, body }) => c.json(await createKey(ctx, fieldsOf(body) as CreateKey), 201),
  },
  {
    method: 'get',
    path: '/v1/keys',
    operationId: 'listKeys',
    summary: 'List keys',
    tag: 'Keys',
    scope: 'admin',
    query: ListKeys,
    responses: {
      200: {
        description: 'A page of keys, newest first',
        schema: z.object({ data: z.array(Key), nextCursor: z.string().nullable() }),
      },
    },
    handler: async ({ c, ctx, query }) => c.json(await listKeys(ctx, query as ListKeys)),
  },
  {
    method: 'post',
    path: '/v1/keys/{id}:rotate',
    operationId: 'rotateKey',
    summary: 'Give a key a new secret',
    description: 'The old one ends at once.',
    tag: 'Keys',
    scope: 'admin',
    responses: { 200: { description: 'The key, with its new text', schema: NewKey } },
    handler: async ({ c, ctx, params }) => c.json(await rotateKey(ctx, { id: params.id as string })),
  },
  {
    method: 'post',
    path: '/v1/keys/{id}:revoke',
    operationId: 'revokeKey',
    summary: 'End a key for good',
    tag: 'Keys',
    scope: 'admin',
    responses: { 200: { description: 'The key', schema: Key } },
    handler: async ({ c, ctx, params }) => c.json(await revokeKey(ctx, { id: params.id as string })),
  },
]
