import type { Hono } from 'hono'
import { expect } from 'vitest'
import { z } from 'zod'
import { createApp } from '../../lib/app.ts'
import { cronConfigRoutes } from '../../lib/faces/cron-config/index.ts'
import { scraperRoutes } from '../../lib/faces/scraper/index.ts'
import { scriptRoutes } from '../../lib/faces/script/index.ts'
import { scriptsRunsRoutes } from '../../lib/faces/scripts-runs/index.ts'
import { v1Routes } from '../../lib/faces/v1/index.ts'
import { Problem } from '../../lib/http/problem.ts'
import type { Route } from '../../lib/http/route.ts'
import type { NewKey } from '../../lib/ledger/keys/keys.ts'
import { silentLog } from '../../lib/log/silent-log.ts'
import type { Scope } from '../../lib/ports/actor.ts'
import type { Ports } from '../../lib/ports/context.ts'
import { readConfig } from '../../lib/runtime/config.ts'
import { openPorts } from '../../lib/runtime/open-ports.ts'
import { openPostgres } from '../../lib/store/postgres/open.ts'
import { createDatabase, type TestDatabase } from './database.ts'
import { makeObjectsFolder, type ObjectsFolder } from './objects-folder.ts'
import { pathMatches } from './path-matches.ts'

const SECRET = 'a secret of the tests, which signs lease tokens'
export const CRON_SECRET = 'the secret of the cron of the tests'
/** What every test app starts with: no limit is in a test's way unless it asks for one. */
const UNLIMITED = {
  RATE_LIMIT_ENQUEUE: '0',
  RATE_LIMIT_CANCEL: '0',
  RATE_LIMIT_PRESIGN: '0',
  RATE_LIMIT_SEARCH: '0',
  RATE_LIMIT_SIGN_IN: '0',
}

export interface OpenAppOptions {
  /** Environment variables: rate limits. */
  env?: Record<string, string>
  /** Unset: the cron face is closed. */
  cronSecret?: string | undefined
  /** Puts something between the app and its ports, to count or to break. */
  wrap?: (ports: Ports) => Ports
}

export interface Sent {
  /** The text of a key; null sends none. Default: the admin's. */
  key?: string | null
  /** Sent as JSON. */
  body?: unknown
  /** Sent as it is. */
  raw?: string | Uint8Array
  headers?: Record<string, string>
  signal?: AbortSignal
}

export interface Answer<T> {
  status: number
  headers: Headers
  /** Undefined where the answer is no JSON. */
  json: T
  text: string
}

/** One instance of the app with its own connections to a real database. */
export interface TestApp {
  app: Hono
  ports: Ports
  admin: string
  request<T = Record<string, unknown>>(method: string, path: string, sent?: Sent): Promise<Answer<T>>
  makeKey(options: { scopes: Scope[]; projectId?: string | null; expiresAt?: string }): Promise<NewKey>
  /** One statement on the database, for what only time could bring about. */
  raw(sql: string): Promise<unknown[]>
  /** A second instance on the same database. Closed with this one. */
  another(options?: OpenAppOptions): Promise<TestApp>
  close(): Promise<void>
}

/** An app on a database of its own. */
export async function openApp(options: OpenAppOptions = {}): Promise<TestApp> {
  const [database, folder] = await Promise.all([createDatabase(), makeObjectsFolder()])
  const app = await openInstance(database, folder, options)
  return {
    ...app,
    async close() {
      await app.close()
      await Promise.all([database.drop(), folder.remove()])
    },
  }
}

async function openInstance(
  database: TestDatabase,
  folder: ObjectsFolder,
  options: OpenAppOptions,
): Promise<TestApp> {
  const { env = {}, wrap = (ports) => ports } = options
  const store = await openPostgres({ url: database.url, poolSize: 8 })
  const admin = 'the-admin-key-of-the-tests'
  const config = readConfig({ ...UNLIMITED, ...env }, {})
  const ports = wrap(
    openPorts(store, config, {
      secret: SECRET,
      objects: folder.open(SECRET),
      log: silentLog,
      adminKey: admin,
    }),
  )
  const cronSecret = 'cronSecret' in options ? options.cronSecret : CRON_SECRET
  const app = createApp({ openPorts: async () => ports, newId: ports.newId, cronSecret })
  const others: TestApp[] = []
  const request: TestApp['request'] = (method, path, sent = {}) => send(app, admin, method, path, sent)
  return {
    app,
    ports,
    admin,
    request,
    raw: store.raw,
    async makeKey({ scopes, projectId = null, expiresAt }) {
      const body = { name: scopes.join(' '), scopes, projectId, ...(expiresAt ? { expiresAt } : {}) }
      const { status, json } = await request<NewKey>('POST', '/v1/keys', { body })
      expect(status).toBe(201)
      return json
    },
    async another(more = options) {
      const other = await openInstance(database, folder, more)
      others.push(other)
      return other
    },
    async close() {
      await Promise.all([...others.map((other) => other.close()), store.close()])
    },
  }
}

async function send<T>(
  app: Hono,
  admin: string,
  method: string,
  path: string,
  { key = admin, body, raw, headers = {}, signal }: Sent,
): Promise<Answer<T>> {
  const text = raw ?? (body === undefined ? undefined : JSON.stringify(body))
  const response = await app.request(path, {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(text === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(text === undefined ? {} : { body: text as NonNullable<RequestInit['body']> }),
    ...(signal === undefined ? {} : { signal }),
  })
  const received = await response.text()
  const isJson = received !== '' && /json/.test(response.headers.get('content-type') ?? '')
  const answer = {
    status: response.status,
    headers: response.headers,
    json: (isJson ? JSON.parse(received) : undefined) as T,
    text: received,
  }
  expectDocumented(method, path, answer)
  return answer
}

/** Faces with errors of their own, by the path below which they are. */
const REFUSAL = z.strictObject({ success: z.literal(false), error: z.string().min(1) })
const WITH_DETAILS = z.strictObject({
  error: z.string().min(1),
  details: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
})
const OLDER: { below: string; routes: Route[]; refusal: z.ZodType }[] = [
  { below: '/script', routes: scriptRoutes, refusal: REFUSAL },
  { below: '/cron-config', routes: cronConfigRoutes, refusal: REFUSAL },
  { below: '/scripts/runs', routes: scriptsRunsRoutes, refusal: WITH_DETAILS },
  { below: '/api/scraper', routes: scraperRoutes, refusal: z.strictObject({ detail: z.string().min(1) }) },
]
const ALL_ROUTES = [...v1Routes, ...OLDER.flatMap(({ routes }) => routes)]

/** What holds of every answer: it names its request, an error is as its face has it, a result as its route documents it. */
export function expectDocumented(method: string, path: string, answer: Answer<unknown>): void {
  const { status, headers, json } = answer
  const requestId = headers.get('x-request-id')
  expect(requestId, `X-Request-Id of ${method} ${path}`).toBeTruthy()
  const { pathname } = new URL(path, 'http://here')
  const older = OLDER.find(({ below }) => pathname === below || pathname.startsWith(`${below}/`))
  if (status >= 400 && older !== undefined) {
    expect(headers.get('content-type')).toBe('application/json')
    expect(older.refusal.parse(json)).toEqual(json)
    return
  }
  if (status >= 400) {
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect(Problem.strict().parse(json)).toEqual(json)
    expect(json).toMatchObject({ status, requestId })
    return
  }
  const route = ALL_ROUTES.find(
    (one) => one.method.toUpperCase() === method && pathMatches(one.path, pathname),
  )
  if (route === undefined) return
  const { schema } = route.responses[status] ?? expect.fail(`${status} of ${route.operationId} is documented`)
  if (schema && json !== undefined)
    expect(schema.parse(json), `the ${status} of ${route.operationId}`).toEqual(json)
}
