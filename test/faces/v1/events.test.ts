import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Ports } from '../../../lib/ports/context.ts'
import { RunEvent } from '../../../lib/run/event.ts'
import { unique } from '../../support/make.ts'
import type { TestApp } from '../../support/open-app.ts'
import { type EventReader, readEvents } from './event-reader.ts'
import { enqueue, eventsOf, must, type Served, serveApp, startOne, useApp } from './steps.ts'

let asked = 0

/** Counts every question that streams ask. */
function counting(ports: Ports): Ports {
  const { runs } = ports
  const counted =
    <A extends unknown[], R>(call: (...args: A) => R) =>
    (...args: A) => {
      asked++
      return call(...args)
    }
  return { ...ports, runs: { ...runs, events: counted(runs.events), get: counted(runs.get) } }
}

const at = useApp({ wrap: counting })
const ACCEPT = { accept: 'text/event-stream' }

async function follow(
  id: string,
  options: { app?: TestApp; after?: number; served?: Served } = {},
): Promise<EventReader> {
  const { app = at(), after, served } = options
  const headers = {
    ...ACCEPT,
    authorization: `Bearer ${app.admin}`,
    ...(after === undefined ? {} : { 'last-event-id': String(after) }),
  }
  const reader = await readEvents((signal) =>
    served
      ? fetch(`${served.url}/v1/runs/${id}/events`, { headers, signal })
      : app.app.request(`/v1/runs/${id}/events`, { headers, signal }),
  )
  onTestFinished(() => reader.close())
  return reader
}

const succeed = (id: string, leaseToken: string, app = at()) =>
  app.request('POST', `/v1/runs/${id}:succeed`, { body: { leaseToken } })
const typesOf = (events: RunEvent[]) => events.map(({ type }) => type)

describe('the events of a run, as a stream', () => {
  it('begin with what there is, go on with what comes, and end with the run', async () => {
    const { run, leaseToken } = await startOne(at(), { projectId: unique('p') })
    const stream = await follow(run.id)
    expect(stream.status).toBe(200)
    expect(typesOf([must(await stream.next()), must(await stream.next())])).toEqual([
      'run.enqueued',
      'run.started',
    ])
    await at().request('POST', `/v1/runs/${run.id}:cancel`)
    expect((await stream.next())?.type).toBe('run.cancel_requested')
    await succeed(run.id, leaseToken)
    const rest = await stream.rest()
    expect(typesOf(rest)).toEqual(['run.succeeded'])
    expect(RunEvent.parse(rest[0])).toEqual(rest[0])
  })

  it('go on from Last-Event-ID, none lost and none twice, however often the reader comes back', async () => {
    const { run, leaseToken } = await startOne(at(), { projectId: unique('p'), maxAttempts: 1 })
    const seen: RunEvent[] = []
    const step = async (act: () => Promise<unknown>) => {
      const stream = await follow(run.id, { after: seen.at(-1)?.id ?? 0 })
      await act()
      seen.push(must(await stream.next()))
      stream.close()
    }
    await step(async () => {})
    await step(async () => {})
    await step(() => at().request('POST', `/v1/runs/${run.id}:cancel`))
    await step(() => succeed(run.id, leaseToken))
    expect(seen).toEqual(await eventsOf(at(), run.id))
    expect(typesOf(seen)).toEqual(['run.enqueued', 'run.started', 'run.cancel_requested', 'run.succeeded'])
  })

  it('are told whole of a run that has ended, and then the answer is 204: do not come back', async () => {
    const { run, leaseToken } = await startOne(at(), { projectId: unique('p') })
    await succeed(run.id, leaseToken)
    const events = await (await follow(run.id)).rest()
    expect(typesOf(events)).toEqual(['run.enqueued', 'run.started', 'run.succeeded'])
    const last = must(events.at(-1)).id
    expect(await (await follow(run.id, { after: must(events[0]).id })).rest()).toEqual(events.slice(1))
    expect((await follow(run.id, { after: last })).status).toBe(204)
    const { status, headers } = await at().request('GET', `/v1/runs/${run.id}/events?after=${last}`, {
      headers: ACCEPT,
    })
    expect([status, headers.get('content-type')]).toEqual([204, null])
  })

  it('come also from another instance, which can give no hint', async () => {
    const other = await at().another()
    const { run, leaseToken } = await startOne(at(), { projectId: unique('p') })
    const stream = await follow(run.id, { app: other })
    await stream.next()
    await stream.next()
    await succeed(run.id, leaseToken)
    expect(typesOf(await stream.rest())).toEqual(['run.succeeded'])
  })

  it('reach many readers of many runs, each its own', async () => {
    const held = await Promise.all(
      Array.from({ length: 6 }, () => startOne(at(), { projectId: unique('p') })),
    )
    const streams = await Promise.all(
      held.flatMap(({ run }) => [follow(run.id), follow(run.id), follow(run.id)]),
    )
    await sleep(200)
    await Promise.all(held.map(({ run, leaseToken }) => succeed(run.id, leaseToken)))
    const all = await Promise.all(streams.map((stream) => stream.rest()))
    for (const [n, events] of all.entries()) {
      expect(typesOf(events)).toEqual(['run.enqueued', 'run.started', 'run.succeeded'])
      expect(new Set(events.map(({ runId }) => runId))).toEqual(new Set([held[Math.floor(n / 3)]?.run.id]))
    }
  })

  it('cost the database about the same, whether one waits or twenty', async () => {
    const { run } = await startOne(at(), { projectId: unique('p') })
    const streams = await Promise.all(Array.from({ length: 20 }, () => follow(run.id)))
    for (const stream of streams) for (let n = 0; n < 2; n++) await stream.next()
    await sleep(500)
    const before = asked
    await sleep(5_000)
    expect(asked - before).toBeLessThanOrEqual(8)
    for (const stream of streams) stream.close()
  })

  it('are asked for no more when all readers are gone', async () => {
    const served = await serveApp(at())
    onTestFinished(() => served.close())
    const { run } = await startOne(at(), { projectId: unique('p') })
    const streams = await Promise.all(Array.from({ length: 5 }, () => follow(run.id, { served })))
    for (const stream of streams) await stream.next()
    for (const stream of streams) stream.close()
    await sleep(2_500)
    const before = asked
    await sleep(2_500)
    expect(asked).toBe(before)
  })

  it('come over a socket as they happen', async () => {
    const served = await serveApp(at())
    onTestFinished(() => served.close())
    const { run, leaseToken } = await startOne(at(), { projectId: unique('p') })
    const stream = await follow(run.id, { served })
    expect(typesOf([must(await stream.next()), must(await stream.next())])).toEqual([
      'run.enqueued',
      'run.started',
    ])
    await succeed(run.id, leaseToken)
    expect(typesOf(await stream.rest())).toEqual(['run.succeeded'])
  })

  it('are refused as any answer is: without a key, across projects, of no run', async () => {
    const { id } = await enqueue(at(), { projectId: unique('theirs') })
    const { key } = await at().makeKey({ scopes: ['runs:read'], projectId: unique('mine') })
    const path = `/v1/runs/${id}/events`
    expect((await at().request('GET', path, { key: null, headers: ACCEPT })).status).toBe(401)
    expect((await at().request('GET', path, { key, headers: ACCEPT })).status).toBe(404)
    expect(
      (await at().request('GET', '/v1/runs/01KBQK6M3V8Z5W0X2Y4A6C8E9G/events', { headers: ACCEPT })).status,
    ).toBe(404)
  })
})

describe('the events of a run, by pages', () => {
  it('follow each other by nextAfter', async () => {
    const { run, leaseToken } = await startOne(at(), { projectId: unique('p') })
    await succeed(run.id, leaseToken)
    const seen: RunEvent[] = []
    let after: number | null = 0
    while (after !== null) {
      const path: string = `/v1/runs/${run.id}/events?limit=1&after=${after}`
      const { json } = await at().request<{ data: RunEvent[]; nextAfter: number | null }>('GET', path)
      seen.push(...json.data)
      after = json.nextAfter
    }
    expect(typesOf(seen)).toEqual(['run.enqueued', 'run.started', 'run.succeeded'])
  })
})
