import { setTimeout as sleep } from 'node:timers/promises'
import { type ServerType, serve } from '@hono/node-server'
import { createApp } from './app.ts'
import { publicFiles } from './http/public-files.ts'
import { serveCron } from './ledger/cron/serve-cron.ts'
import { syncCronJobs } from './ledger/cron/sync-cron-jobs.ts'
import { tick } from './ledger/tick.ts'
import { SYSTEM } from './ports/actor.ts'
import type { Context, Ports } from './ports/context.ts'
import type { Log } from './ports/log.ts'
import { collectBuffersSoon } from './runtime/collect-buffers.ts'
import type { Config } from './runtime/config.ts'
import { openServer } from './runtime/open-server.ts'
import { publicFolder } from './runtime/public-folder.ts'
import { stdoutLog } from './runtime/stdout-log.ts'
import { untilStopped } from './runtime/until-stopped.ts'

const TICK_EVERY_MS = 10_000
const PATIENCE_MS = 2_000
/** Longer than what is told to the outside has to end. */
const TICK_PATIENCE_MS = 5_000
/** For a whole request, body and all: a file may come slowly. Headers have Node's own minute. */
const REQUEST_MS = 60 * 60 * 1_000

/** A server that runs until it is stopped. */
export interface RunningServer {
  url: string
  database: string
  admin: { key: string; file: string | null }
  ports: Ports
  /** Lets requests in work finish, ends waiting ones, waits for cron jobs for half a minute, closes the database. */
  stop(): Promise<void>
}

/** Starts every face on one port, with a timer that does what platform cron does elsewhere. */
export async function startServer(config: Config, log: Log): Promise<RunningServer> {
  let url = ''
  const { ports, database, admin, close } = await openServer(config, log, () => url)
  try {
    const app = createApp({
      openPorts: async () => ports,
      newId: ports.newId,
      cronSecret: config.CRON_SECRET,
    })
    const site = publicFiles(publicFolder()).route('/', app)
    const { server, port } = await listen(site.fetch, config)
    url = urlOf(config.HOST, port)
    const stopWork = await workByTimer(ports)
    const stop = async () => {
      try {
        await Promise.all([closeServer(server), stopWork()])
      } finally {
        await close()
      }
    }
    return { url, database, admin, ports, stop }
  } catch (error) {
    await close()
    throw error
  }
}

function listen(
  fetch: Parameters<typeof serve>[0]['fetch'],
  { PORT, HOST }: Config,
): Promise<{ server: ServerType; port: number }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ server: ServerType; port: number }>()
  const serverOptions = { requestTimeout: REQUEST_MS }
  const options = { fetch, port: PORT, hostname: HOST, serverOptions }
  const server = serve(options, ({ port }) => resolve({ server, port }))
  server.once('error', (cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'EADDRINUSE' ? 'is taken: stop what listens there' : `fails (${cause.code})`
    reject(new Error(`port ${PORT} of ${HOST} ${why}, or choose another by PORT or --port`, { cause }))
  })
  return promise
}

/** Where people on this machine reach it. */
function urlOf(host: string, port: number): string {
  const reached = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`
}

/** Does what platform cron does elsewhere, until what it gives back is called, which waits for what is under way. */
async function workByTimer(ports: Ports): Promise<() => Promise<void>> {
  const stopping = new AbortController()
  const { signal } = stopping
  const ctx = { ...ports, actor: SYSTEM, requestId: 'timer' }
  await syncCronJobs(ctx).catch((error) =>
    ctx.log.error('the program’s own cron jobs could not be made; the next start tries again', { error }),
  )
  const cron = serveCron(ctx, { signal })
  const ticking = tickByTimer(ctx, signal)
  return async () => {
    stopping.abort()
    // What a tick is at is taken up by the next one, if it cannot end.
    await Promise.all([cron, Promise.race([ticking, sleep(TICK_PATIENCE_MS, undefined, { ref: false })])])
  }
}

/** One tick after the other, so that a slow one never meets itself. */
async function tickByTimer(ctx: Context, signal: AbortSignal): Promise<void> {
  while (await sleep(TICK_EVERY_MS, true, { signal }).catch(() => false))
    await tick(ctx, { cron: false, signal }).catch((error) => ctx.log.warn('a tick failed', { error }))
}

async function closeServer(server: ServerType): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  // What still waits then (a long poll, a stream) comes back by itself; nothing is taken for a caller who is cut off.
  const cut = setTimeout(() => 'closeAllConnections' in server && server.closeAllConnections(), PATIENCE_MS)
  await closed
  clearTimeout(cut)
}

/** `runledger serve` and `npm start`: runs until SIGINT or SIGTERM; a second one ends it at once. */
export async function serveCommand(config: Config): Promise<void> {
  const log = stdoutLog(config.LOG_LEVEL)
  collectBuffersSoon()
  process.once('uncaughtExceptionMonitor', (error) =>
    log.error('an error that nothing catches: the server ends', { error }),
  )
  const server = await startServer(config, log)
  // Before anybody is told that there is something to stop.
  const stopped = untilStopped()
  const where =
    server.admin.file === null
      ? 'from RUNLEDGER_ADMIN_KEY'
      : `${server.admin.key}   (kept in ${server.admin.file})`
  process.stdout.write(`
Runledger is ready on ${server.url}   (docs: ${server.url}/docs, database: ${server.database})
  dashboard: ${server.url}/admin
  admin key: ${where}
  next, in another terminal:
    export RUNLEDGER_API_URL=${server.url} RUNLEDGER_API_KEY=${server.admin.file === null ? '…' : server.admin.key}
    npx runledger exec --kind hello -- echo "hello, ledger"

`)
  await stopped
  await server.stop()
}
