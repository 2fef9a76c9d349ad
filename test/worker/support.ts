import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { createClient } from '../../lib/client/index.ts'
import type { Run } from '../../lib/run/run.ts'
import { createWorker, type Handler, type Worker, type WorkerOptions } from '../../lib/worker/index.ts'
import { type OddProxy, startProxy } from '../client/proxy.ts'
import { type StartedCli, startCli, until } from '../support/cli.ts'
import { unique } from '../support/make.ts'
import { ADMIN_KEY, type Api, type ServerProcess } from '../support/server.ts'

export const HANDLERS = join(import.meta.dirname, 'fixtures/handlers.ts')

/** One home for each bench, where its workers keep what runs say. */
const homes = mkdtempSync(join(tmpdir(), 'runledger-workers-'))
afterAll(() => rmSync(homes, { recursive: true, force: true, maxRetries: 20 }))

/** With it a worker's own log repeats each line that a command prints. */
export const DEBUG = { LOG_LEVEL: 'debug' }

/** A line of a worker's log. */
export type Line = Record<string, unknown> & { message: string }

/** One project on a server, that no other test has. */
export interface Bench {
  projectId: string
  home: string
  enqueue(kind: string, more?: object): Promise<string>
  read(id: string): Promise<Run>
  /** The run's log by now. */
  log(id: string): Promise<string>
  cancel(id: string): Promise<void>
  /** Resolves with the run, once it is as asked. */
  becomes(id: string, state: Run['state'], patienceMs?: number): Promise<Run>
  /** Starts `runledger worker` for this project, on the handlers of the tests unless told otherwise. */
  worker(args?: string[], env?: Record<string, string>): StartedCli
}

export function benchOn(server: Pick<ServerProcess, 'api' | 'env'>): Bench {
  const projectId = unique('p')
  const home = join(homes, projectId)
  const read = async (id: string) => (await server.api.get<Run>(`/v1/runs/${id}`)).body
  return {
    projectId,
    home,
    read,
    enqueue: (kind, more = {}) => enqueue(server.api, { kind, projectId, ...more }),
    log: async (id) => logOf(server, id),
    async cancel(id) {
      await server.api.post(`/v1/runs/${id}:cancel`)
    },
    becomes: (id, state, patienceMs) =>
      until(
        async () => {
          const run = await read(id)
          return run.state === state && run
        },
        `run ${id} to be ${state}`,
        patienceMs,
      ),
    worker: (args = ['--handlers', HANDLERS], env = {}) =>
      startCli(['worker', '--project', projectId, ...args], {
        env: { ...server.env, RUNLEDGER_HOME: home, ...env },
      }),
  }
}

/** A run's log as it is kept; `raw`: as it was printed. */
export async function logOf(
  { env }: Pick<ServerProcess, 'env'>,
  id: string,
  { raw = false } = {},
): Promise<string> {
  const url = new URL(`/v1/runs/${id}/logs${raw ? '?format=raw' : ''}`, env.RUNLEDGER_API_URL)
  const answer = await fetch(url, { headers: { authorization: `Bearer ${env.RUNLEDGER_API_KEY}` } })
  if (!answer.ok) throw new Error(`the log of ${id}: ${answer.status} ${await answer.text()}`)
  return Buffer.from(await answer.arrayBuffer()).toString('latin1')
}

async function enqueue(api: Api, body: object): Promise<string> {
  const { status, body: run } = await api.post<Run>('/v1/runs', body)
  if (status !== 201) throw new Error(`enqueued with ${status}: ${JSON.stringify(run)}`)
  return run.id
}

/** A worker in this process, behind a proxy that whoever asked for it closes. */
export interface Embedded {
  bench: Bench
  proxy: OddProxy
  /** What it has logged. */
  lines: Line[]
  worker: Worker
}

export async function embed(
  server: ServerProcess,
  handlers: Record<string, Handler>,
  options: Partial<WorkerOptions> = {},
): Promise<Embedded> {
  const bench = benchOn(server)
  const proxy = await startProxy(server.url)
  const lines: Line[] = []
  const write = (level: string) => (message: string, fields?: object) =>
    lines.push({ ...fields, level, message })
  const client = createClient({ url: proxy.url, apiKey: ADMIN_KEY, retries: 0 })
  const log = { info: write('info'), warn: write('warn'), error: write('error') }
  const worker = createWorker({
    client,
    handlers,
    projectId: bench.projectId,
    spoolFolder: bench.home,
    log,
    ...options,
  })
  return { bench, proxy, lines, worker }
}

/** What a worker has logged so far. */
export function linesOf(text: string): Line[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
}

/** The line about the end of a run. */
export const endOf = (text: string, runId: string) =>
  linesOf(text).findLast((line) => line.message === 'run ended' && line.runId === runId)
