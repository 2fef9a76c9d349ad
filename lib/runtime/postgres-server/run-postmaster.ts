import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { type Launcher, launch } from './choose-launcher.ts'
import { identify } from './end-orphan.ts'

export interface EmbeddedPostgres {
  /** For user and database `postgres`. */
  url: string
  port: number
  pid: number
  /**
   * Ends the server: `fast` (the default) rolls back what is open and writes everything down; `immediate` leaves recovery
   * to the next start. Fast becomes immediate after 10 s. May be called again; resolves when the process is gone.
   */
  stop(mode?: 'fast' | 'immediate'): Promise<void>
  /** Resolves when the server has ended, asked or not. Never rejects. */
  exited: Promise<void>
}

/** The server ended before it answered; the message has its last log lines. */
export class PostmasterExit extends Error {}

interface PostmasterOptions {
  program: string
  launcher: Launcher
  dataDir: string
  port: number
  durable: boolean
  maxConnections: number
  password: string | undefined
  log: (line: string) => void
}

const SILENCE_MS = 60_000
const FAST_MS = 10_000
const IMMEDIATE_MS = 6_000

/**
 * Runs the server process and resolves when it accepts connections.
 *
 * @throws PostmasterExit when it ends instead, Error when it falls silent for a minute (recovery is not silent).
 */
export async function runPostmaster(options: PostmasterOptions): Promise<EmbeddedPostgres> {
  const { program, launcher, dataDir, port } = options
  const child = launch(launcher, program, [...identify(dataDir), '-p', String(port), ...settings(options)])
  const exited = exitOf(child)
  const endWithUs = () => child.kill('SIGINT')
  process.once('exit', endWithUs)
  exited.then(() => process.off('exit', endWithUs))

  await ready(child, dataDir, options.log)
  const user =
    options.password === undefined ? 'postgres' : `postgres:${encodeURIComponent(options.password)}`
  const url = `postgres://${user}@127.0.0.1:${port}/postgres`
  return { url, port, pid: child.pid ?? 0, exited, stop: (mode = 'fast') => stop(child, exited, mode) }
}

function settings({ durable, maxConnections }: PostmasterOptions): string[] {
  const values = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: maxConnections,
    timezone: 'UTC',
    log_timezone: 'UTC',
    // The three by which `ready` hears of it.
    log_destination: 'stderr',
    logging_collector: 'off',
    lc_messages: 'C',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

function exitOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => child.pid === undefined && resolve())
  })
}

function ready(child: ChildProcess, dataDir: string, log: (line: string) => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const last: string[] = []
  const complain = (what: string) =>
    new PostmasterExit(`Postgres ${what} on ${dataDir}${last.length > 0 ? `:\n${last.join('\n')}` : ''}`)
  const silence = setTimeout(() => {
    reject(complain('did not answer'))
    child.kill('SIGQUIT')
  }, SILENCE_MS)

  if (child.stderr) {
    createInterface(child.stderr).on('line', (line) => {
      log(line)
      silence.refresh()
      if (last.push(line) > 12) last.shift()
      if (line.includes('database system is ready to accept connections')) resolve()
    })
  }
  child.once('error', (error) => reject(complain(`did not start (${error.message})`)))
  child.once('exit', async (code, signal) => {
    // The last lines may still be on their way.
    await Promise.race([new Promise((closed) => child.once('close', closed)), delay(500)])
    reject(complain(`ended with ${code ?? signal}`))
  })
  return promise.finally(() => clearTimeout(silence))
}

async function stop(child: ChildProcess, exited: Promise<void>, mode: 'fast' | 'immediate'): Promise<void> {
  if (mode === 'fast') {
    child.kill('SIGINT')
    if (await within(FAST_MS, exited)) return
  }
  child.kill('SIGQUIT')
  if (await within(IMMEDIATE_MS, exited)) return
  child.kill('SIGKILL')
  await exited
}

function within(milliseconds: number, event: Promise<void>): Promise<boolean> {
  return Promise.race([event.then(() => true), delay(milliseconds, false, { ref: false })])
}
