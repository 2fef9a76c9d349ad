import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { ulid } from 'ulid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Recording } from '../../lib/cli/exec/recording.ts'
import { RunLog } from '../../lib/cli/exec/run-log.ts'
import { RunTracker } from '../../lib/cli/exec/track-run.ts'
import { Trouble } from '../../lib/cli/exec/trouble.ts'
import { remoteVerbs } from '../../lib/client/remote-verbs.ts'
import type { OpenVerbs } from '../../lib/client/verbs.ts'
import type { ChildOutcome } from '../../lib/process/child-outcome.ts'
import type { RunEvent } from '../../lib/run/event.ts'
import type { Run } from '../../lib/run/run.ts'
import { makeHome, until } from '../support/cli.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { type ServerProcess, startServerWithDatabase } from '../support/server.ts'

/** The shortest lease there is: a beat each 3.3 s. */
const LEASE_SECONDS = 10

describe.concurrent('a tracked run', () => {
  let database: TestDatabase
  let server: ServerProcess & { close(): Promise<void> }
  beforeAll(async () => {
    database = await createDatabase()
    server = await startServerWithDatabase({ DATABASE_URL: database.url })
  })
  afterAll(async () => {
    await server?.close()
    await database?.drop()
    await Promise.all(homes.map((home) => home.remove()))
  })

  const open = async (url = server.url): Promise<OpenVerbs> => {
    const closing = new AbortController()
    const verbs = remoteVerbs({ url, key: server.env.RUNLEDGER_API_KEY, signal: closing.signal })
    return { verbs, place: url, close: async () => closing.abort() }
  }
  const homes: Awaited<ReturnType<typeof makeHome>>[] = []

  async function track(options: { open?: () => Promise<OpenVerbs> } = {}) {
    const [id, startedAt] = [ulid(), new Date()]
    const home = await makeHome()
    homes.push(home)
    const seen = { cancels: 0, warnings: [] as string[] }
    const warn = (message: string) => void seen.warnings.push(message)
    const trouble = new Trouble(warn)
    const onCancel = () => seen.cancels++
    const tracker = new RunTracker({ id, leaseSeconds: LEASE_SECONDS, trouble, onCancel })
    const now = () => new Date()
    const recording = new Recording({
      start: {
        id,
        kind: 'test.track',
        workerId: 'w',
        leaseSeconds: LEASE_SECONDS,
        startedAt: startedAt.toISOString(),
      },
      home: home.path,
      place: server.url,
      open,
      log: new RunLog(id, now),
      tracker,
      trouble,
      warn,
      now,
      status: { draw: () => {}, width: () => undefined, paint: (_, text) => text },
      outputs: null,
      flushCommand: 'runledger flush',
      ...options,
    })
    const read = async () => (await server.api.get<Run>(`/v1/runs/${id}`)).body
    const events = async () =>
      (await server.api.get<{ data: RunEvent[] }>(`/v1/runs/${id}/events`)).body.data.map(({ type }) => type)
    const isThere = () => until(async () => (await read()).state === 'running', 'the run')
    return {
      id,
      tracker,
      seen,
      read,
      events,
      isThere,
      end: (exitCode = 0) => recording.end(outcomeOf(startedAt, exitCode), { hasOutputs: false }),
    }
  }

  it('is kept alive past its lease, and knows of a cancel at the next beat', async () => {
    const { id, seen, read, isThere, end } = await track()
    await isThere()
    await delay(LEASE_SECONDS * 1_000 + 2_000)
    expect(await read()).toMatchObject({ state: 'running' })
    await server.api.post(`/v1/runs/${id}:cancel`)
    await until(() => seen.cancels > 0, 'the cancel', 6_000)
    await end(143)
    expect(await read()).toMatchObject({ state: 'canceled' })
    expect(seen.warnings).toEqual([])
  })

  it('has its first progress at once, the newest at each beat, and the last at the end', async () => {
    const { tracker, read, events, isThere, end } = await track()
    await isThere()
    tracker.progress(10, 'one')
    await until(async () => (await read()).progress === 10, 'the first', 5_000)
    for (const progress of [20, 30, 40]) tracker.progress(progress)
    await until(async () => (await read()).progress === 40, 'the newest', 5_000)
    expect((await events()).filter((type) => type === 'run.progress')).toHaveLength(2)
    tracker.progress(50, 'two')
    await delay(2_000)
    tracker.progress(60, 'three')
    await delay(200)
    await end(1)
    expect(await read()).toMatchObject({
      state: 'failed',
      progressMessage: expect.stringMatching(/two|three/),
    })
  })

  it('that was taken for lost meanwhile is told the truth at its end', async () => {
    const { id, seen, read, events, isThere, end } = await track()
    await isThere()
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    // Each time anew: a beat in between would revive it.
    await until(async () => {
      const held = `id = '${id}' AND state = 'running'`
      await client.query(`UPDATE runs SET "leaseExpiresAt" = now() - interval '1 s' WHERE ${held}`)
      return (await read()).state === 'failed'
    }, 'the sweep')
    await client.end()
    expect(await read()).toMatchObject({ errorCode: 'lost' })
    await until(() => seen.warnings.length > 0, 'the refusal', 6_000)
    expect(seen.warnings).toEqual([
      expect.stringMatching(/; the command runs on, and its end will be told all the same$/),
    ])
    await end(0)
    expect(await read()).toMatchObject({ state: 'succeeded', exitCode: 0 })
    expect(await events()).toContain('run.recovered')
    expect(seen.warnings).toHaveLength(1)
  })

  it('warns of trouble once, until it is over', async () => {
    let isOpen = false
    let tries = 0
    const { seen, read, end, isThere } = await track({
      open: async () => {
        tries++
        if (!isOpen) throw new Error(`closed ${tries}`)
        return open()
      },
    })
    await until(() => tries === 3, 'the third try')
    isOpen = true
    await isThere()
    await end()
    expect(seen.warnings).toEqual(['closed 1; the command runs on, and the ledger is tried again'])
    expect(await read()).toMatchObject({ state: 'succeeded' })
  })

  it('is started once and ended once, however late the ledger answers', async () => {
    const slow = async (): Promise<OpenVerbs> => {
      const opened = await open()
      const { startRun } = opened.verbs
      return {
        ...opened,
        verbs: { ...opened.verbs, startRun: (input) => delay(1_500).then(() => startRun(input)) },
      }
    }
    const { events, end, seen } = await track({ open: slow })
    await delay(100)
    await end(3)
    expect(await events()).toEqual(['run.started', 'run.failed'])
    expect(seen.warnings).toEqual([])
  })
})

function outcomeOf(startedAt: Date, exitCode: number): ChildOutcome {
  const finishedAt = new Date()
  const durationMs = finishedAt.getTime() - startedAt.getTime()
  const usage = { memoryPeakBytes: 1, cpuSeconds: 0 }
  return {
    exitCode,
    signal: null,
    endedBy: 'itself',
    passedSignal: null,
    startedAt,
    finishedAt,
    durationMs,
    ...usage,
  }
}
