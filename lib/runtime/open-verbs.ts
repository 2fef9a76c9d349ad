import { randomBytes } from 'node:crypto'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { ulid } from 'ulid'
import type { OpenVerbs } from '../client/verbs.ts'
import { silentLog } from '../log/silent-log.ts'
import type { Actor } from '../ports/actor.ts'
import type { Context } from '../ports/context.ts'
import type { OpenStore } from '../ports/open-store.ts'
import { LedgerError } from '../run/errors.ts'
import type { Config } from './config.ts'
import { openDataFolder } from './data-folder.ts'
import { homeOf } from './home.ts'

const SWEEP_EVERY_MS = 15_000

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
  if (server && config.DATABASE_URL !== undefined) return openDatabase(config, config.DATABASE_URL)
  return openFile(config)
}

async function openRemote({ RUNLEDGER_API_URL: url, RUNLEDGER_API_KEY: key }: Config): Promise<OpenVerbs> {
  if (url === undefined)
    throw new LedgerError('invalid', '--remote needs RUNLEDGER_API_URL, the address of the server')
  if (key === undefined) throw new LedgerError('invalid', `set RUNLEDGER_API_KEY to a key of ${url}`)
  const { remoteVerbs } = await import('../client/remote-verbs.ts')
  const closing = new AbortController()
  const verbs = remoteVerbs({ url, key, signal: closing.signal })
  return { verbs, place: url, close: async () => closing.abort() }
}

async function openDatabase(config: Config, url: string): Promise<OpenVerbs> {
  const { openPostgres } = await import('../store/postgres/open.ts')
  const store = await openPostgres({ url, driver: config.DATABASE_DRIVER, poolSize: 1 })
  // Nothing is signed here that anyone else is to read.
  const secret = config.RUNLEDGER_SECRET ?? randomBytes(33).toString('base64url')
  // The folder of a server is that machine's own.
  return (await openLocal(config, { store, secret, place: new URL(url).hostname, objectsIn: null })).opened
}

async function openFile(config: Config): Promise<OpenVerbs> {
  const { openSqlite } = await import('../store/sqlite/open.ts')
  const path = localDatabase(config)
  const store = await openSqlite({ path })
  try {
    const [{ sweepLost }, folder] = await Promise.all([
      import('../ledger/runs/sweep-lost.ts'),
      openDataFolder(homeOf(config)),
    ])
    const { opened, ctx } = await openLocal(config, {
      store,
      secret: await folder.secret(),
      place: path,
      objectsIn: join(folder.path, 'objects'),
    })
    // No server ticks for this file: whoever comes by sees to the lost runs, for as long as they stay.
    await sweepLost(ctx)
    const sweeping = setInterval(() => void seeTo(ctx).catch(() => {}), SWEEP_EVERY_MS).unref()
    return {
      ...opened,
      async close() {
        clearInterval(sweeping)
        // Whoever followed a run has gone: the loop over its events need not wait out its turn.
        ctx.signals.emit('events')
        await opened.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** What a server's tick does, as far as this machine's own file needs it; loaded by those who stay so long. */
async function seeTo(ctx: Context): Promise<void> {
  const { tick } = await import('../ledger/tick.ts')
  await tick(ctx, { budgetMs: SWEEP_EVERY_MS / 3, cron: false })
}

/** The ledger's own verbs around an opened store. */
async function openLocal(
  config: Config,
  {
    store,
    secret,
    place,
    objectsIn,
  }: { store: OpenStore; secret: string; place: string; objectsIn: string | null },
): Promise<{ opened: OpenVerbs; ctx: Context }> {
  const [{ openPorts }, { openObjects }, { localVerbs }] = await Promise.all([
    import('./open-ports.ts'),
    import('./open-objects.ts'),
    import('../cli/local-verbs.ts'),
  ])
  const objects = openObjects(config, { secret, folder: objectsIn, publicUrl: null })
  const ports = openPorts(store, config, { secret, objects, log: silentLog })
  const ctx = { ...ports, actor: localActor(), requestId: ulid() }
  const close = async () => {
    await objects.close()
    await store.close()
  }
  return { opened: { verbs: localVerbs(ctx), place, close }, ctx }
}

/** The file that keeps the runs of this machine. */
export const localDatabase = (config: Config) => join(homeOf(config), 'runs.db')

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
