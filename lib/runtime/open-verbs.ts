import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import { ulid } from 'ulid'
import type { OpenVerbs } from '../cli/verbs.ts'
import { silentLog } from '../log/json-log.ts'
import type { Actor } from '../ports/actor.ts'
import type { OpenStore } from '../ports/open-store.ts'
import { LedgerError } from '../run/errors.ts'
import type { Config } from './config.ts'
import { openDataFolder } from './data-folder.ts'

export interface OpenVerbsOptions {
  /** `--remote` was given. */
  remote: boolean
  /** The command needs the server's database: a local one will not do. */
  server?: boolean
}

/** The verbs as this machine is set up: a server's `/v1`, a database given by `DATABASE_URL`, or the local SQLite file. */
export async function openVerbs(
  config: Config,
  { remote, server = false }: OpenVerbsOptions,
): Promise<OpenVerbs> {
  if (remote || config.RUNLEDGER_API_URL !== undefined) return openRemote(config)
  if (server && config.DATABASE_URL !== undefined) {
    const { openPostgres } = await import('../store/postgres/open.ts')
    const store = await openPostgres({
      url: config.DATABASE_URL,
      driver: config.DATABASE_DRIVER,
      poolSize: 1,
    })
    return openLocal(config, store, new URL(config.DATABASE_URL).hostname)
  }
  const { openSqlite } = await import('../store/sqlite/open.ts')
  const path = localDatabase(config)
  return openLocal(config, await openSqlite({ path }), path)
}

async function openRemote({ RUNLEDGER_API_URL: url, RUNLEDGER_API_KEY: key }: Config): Promise<OpenVerbs> {
  if (url === undefined)
    throw new LedgerError('invalid', '--remote needs RUNLEDGER_API_URL, the address of the server')
  if (key === undefined) throw new LedgerError('invalid', `set RUNLEDGER_API_KEY to a key of ${url}`)
  const { remoteVerbs } = await import('../cli/remote-verbs.ts')
  return { verbs: remoteVerbs({ url, key }), place: url, close: async () => {} }
}

async function openLocal(config: Config, store: OpenStore, place: string): Promise<OpenVerbs> {
  try {
    const [{ openPorts }, { localVerbs }, { sweepLost }] = await Promise.all([
      import('./open-ports.ts'),
      import('../cli/local-verbs.ts'),
      import('../ledger/runs/sweep-lost.ts'),
    ])
    const { secret } = await openDataFolder(homeOf(config))
    const ports = openPorts(store, config, { secret, log: silentLog })
    const ctx = { ...ports, actor: localActor(), requestId: ulid() }
    // No server ticks for this file: whoever comes by sees to the lost runs.
    await sweepLost(ctx)
    return { verbs: localVerbs(ctx), place, close: () => store.close() }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** The file that keeps the runs of this machine. */
export const localDatabase = (config: Config) => join(homeOf(config), 'runs.db')

const homeOf = (config: Config) => config.RUNLEDGER_HOME ?? join(homedir(), '.local', 'share', 'runledger')

function localActor(): Actor {
  return { name: userName(), scopes: ['admin'], projectId: null, limitKey: null }
}

/** The user's name; a container's user may have none. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return 'local'
  }
}
