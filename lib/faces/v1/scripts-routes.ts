import { z } from 'zod'
import type { Call, Route } from '../../http/route.ts'
import {
  GetScript,
  getScript,
  ListScripts,
  listScripts,
  type PutScript,
  putScript,
  ScriptSettings,
} from '../../ledger/scripts/scripts.ts'
import { Script } from '../../run/script.ts'
import { fieldsOf } from './shapes.ts'

const params = GetScript.pick({ name: true })
const query = GetScript.pick({ projectId: true })
/** The name in the path, with what the query adds; what else is in that is for the verb to refuse. */
const scriptOf = (call: Call) => ({ ...call.query, name: call.params.name as string })

/** Registered kinds, and what people set for them. */
export const scriptsRoutes: Route[] = [
  {
    method: 'get',
    path: '/v1/scripts',
    operationId: 'listScripts',
    summary: 'List scripts',
    description: 'By project and name. A kind is registered when it first runs.',
    tag: 'Scripts',
    scope: 'runs:read',
    query: ListScripts,
    responses: {
      200: {
        description: 'A page of scripts',
        schema: z.object({ data: z.array(Script), nextCursor: z.number().int().nullable() }),
      },
    },
    handler: async ({ c, ctx, query }) => c.json(await listScripts(ctx, query as unknown as ListScripts)),
  },
  {
    method: 'get',
    path: '/v1/scripts/{name}',
    operationId: 'getScript',
    summary: 'Read a script',
    tag: 'Scripts',
    scope: 'runs:read',
    params,
    query,
    responses: { 200: { description: 'The script', schema: Script } },
    handler: async (call) => call.c.json(await getScript(call.ctx, scriptOf(call))),
  },
  {
    method: 'put',
    path: '/v1/scripts/{name}',
    operationId: 'putScript',
    summary: 'Set up a script',
    description: 'What is left out stays. A script that has never run is registered.',
    tag: 'Scripts',
    scope: 'admin',
    params,
    query,
    body: ScriptSettings,
    responses: { 200: { description: 'The script', schema: Script } },
    handler: async (call) =>
      call.c.json(await putScript(call.ctx, { ...fieldsOf(call.body), ...scriptOf(call) } as PutScript)),
  },
]
