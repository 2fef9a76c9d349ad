import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { afterAll, beforeAll, expect } from 'vitest'
import type { Problem } from '../../../lib/http/problem.ts'
import type { Claimed } from '../../../lib/ledger/runs/claim-runs.ts'
import type { RunEvent } from '../../../lib/run/event.ts'
import type { Run } from '../../../lib/run/run.ts'
import {
  type Answer,
  CRON_SECRET,
  type OpenAppOptions,
  openApp,
  type Sent,
  type TestApp,
} from '../../support/open-app.ts'

/** One app, on a database of its own, for the tests of a file or of the `describe` this is called in. */
export function useApp(options: OpenAppOptions = {}): () => TestApp {
  let app: TestApp | undefined
  beforeAll(async () => {
    app = await openApp(options)
  })
  afterAll(() => app?.close())
  return () => must(app)
}

/** The value, which the test knows to be there. */
export function must<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('the test expected a value here')
  return value
}

export interface Page<T> {
  data: T[]
  nextCursor: string | null
}

/** The pages of runs from this one on, by their `Link` header alone. `between` is called after each page. */
export async function pagesFrom(
  app: TestApp,
  path: string,
  between: () => Promise<unknown> = async () => {},
): Promise<Run[][]> {
  const pages: Run[][] = []
  for (let next: string | undefined = path; next !== undefined; ) {
    const { json, headers }: Answer<Page<Run>> = await app.request<Page<Run>>('GET', next)
    pages.push(json.data)
    const link = headers.get('link')
    expect(link === null).toBe(json.nextCursor === null)
    next = link === null ? undefined : /^<(.+)>; rel="next"$/.exec(link)?.[1]
    await between()
  }
  return pages
}

/** Adds a run that was not there before. */
export async function enqueue(app: TestApp, fields: object = {}, sent: Sent = {}): Promise<Run> {
  const body = { kind: 'test.run', ...fields }
  const { status, json, text } = await app.request<Run>('POST', '/v1/runs', { ...sent, body })
  expect(status, text).toBe(201)
  return json
}

/** Adds many at once. */
export async function enqueueMany(app: TestApp, runs: object[], sent: Sent = {}): Promise<Run[]> {
  const body = { runs: runs.map((fields) => ({ kind: 'test.run', ...fields })) }
  const { json } = await app.request<{ data: { status: number; run: Run }[] }>('POST', '/v1/runs:batch', {
    ...sent,
    body,
  })
  expect(json.data.every(({ status }) => status === 201)).toBe(true)
  return json.data.map(({ run }) => run)
}

export async function claim(app: TestApp, fields: object = {}, sent: Sent = {}): Promise<Claimed[]> {
  const body = { workerId: 'worker-1', limit: 100, ...fields }
  const { status, json, text } = await app.request<{ data: Claimed[] }>('POST', '/v1/runs:claim', {
    ...sent,
    body,
  })
  expect(status, text).toBe(200)
  return json.data
}

/** A running run and the token of its lease, in a project where nothing else is queued. */
export async function startOne(
  app: TestApp,
  fields: Record<string, unknown> & { projectId: string },
  request: object = {},
): Promise<Claimed> {
  await enqueue(app, fields)
  const claimed = await claim(app, { projectId: fields.projectId, ...request })
  expect(claimed).toHaveLength(1)
  return must(claimed[0])
}

export async function getRun(app: TestApp, id: string): Promise<Run> {
  return (await app.request<Run>('GET', `/v1/runs/${id}`)).json
}

export async function eventsOf(app: TestApp, id: string): Promise<RunEvent[]> {
  return (await app.request<{ data: RunEvent[] }>('GET', `/v1/runs/${id}/events`)).json.data
}

export async function eventTypes(app: TestApp, id: string): Promise<string[]> {
  return (await eventsOf(app, id)).map(({ type }) => type)
}

/** What is sent about one run under a colon. */
export const report = <T = Run>(app: TestApp, id: string, verb: string, body: object = {}) =>
  app.request<T>('POST', `/v1/runs/${id}:${verb}`, { body })

/** Asks, and gives back the problem that must be the answer. */
export async function refusal(
  app: TestApp,
  method: string,
  path: string,
  sent: Sent = {},
): Promise<Problem & { text: string }> {
  const { status, json, text } = await app.request<Problem>(method, path, sent)
  expect(status, text).toBeGreaterThanOrEqual(400)
  return { ...json, text }
}

/** Moves a lease into the past, as if its worker had been silent, and lets the tick find it. */
export async function loseLease(app: TestApp, id: string): Promise<void> {
  await app.raw(`UPDATE runs SET "leaseExpiresAt" = now() - interval '1 second' WHERE id = '${id}'`)
  const { status } = await app.request('GET', '/api/cron/tick', { key: CRON_SECRET })
  expect(status).toBe(200)
}

/** Makes a run that waits out its backoff due now. */
export async function makeDue(app: TestApp, id: string): Promise<void> {
  await app.raw(`UPDATE runs SET "runAt" = now() WHERE id = '${id}'`)
}

export interface Served {
  url: string
  close(): Promise<void>
}

/** The app behind a socket. */
export async function serveApp({ app }: TestApp): Promise<Served> {
  const { promise, resolve } = Promise.withResolvers<number>()
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (info: AddressInfo) =>
    resolve(info.port),
  )
  return {
    url: `http://127.0.0.1:${await promise}`,
    async close() {
      const closed = new Promise((done) => server.close(done))
      if ('closeAllConnections' in server) server.closeAllConnections()
      await closed
    },
  }
}
