import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import type { Ports } from '../ports/context.ts'
import type { Log } from '../ports/log.ts'
import { migratePostgres } from '../store/postgres/migrate.ts'
import { openPostgres } from '../store/postgres/open.ts'
import type { Config } from './config.ts'
import { type DataFolder, openDataFolder } from './data-folder.ts'
import { openObjects } from './open-objects.ts'
import { openPorts } from './open-ports.ts'

/** What a long-lived server stands on. */
export interface OpenServer {
  ports: Ports
  /** Past its pooler, for what works on the database itself. */
  databaseUrl: string
  /** The database in words, without its password. */
  database: string
  /** The key that may do everything, and the file that keeps it (null: it came from the environment). */
  admin: { key: string; file: string | null }
  close(): Promise<void>
}

/**
 * Opens the configured database, or a Postgres of its own in the data folder, migrated, and the objects: in a bucket, or in
 * the data folder. `url`: where this server is reached, once it listens.
 */
export async function openServer(config: Config, log: Log, url: () => string): Promise<OpenServer> {
  const folder = await openDataFolder(config.RUNLEDGER_DATA_DIR)
  const database =
    config.DATABASE_URL === undefined ? await embedded(folder, log) : given(config, config.DATABASE_URL)
  try {
    await migratePostgres(database.directUrl, { driver: config.DATABASE_DRIVER })
    const store = await openPostgres({
      url: database.url,
      driver: config.DATABASE_DRIVER,
      poolSize: config.DATABASE_POOL_SIZE,
      onIdleError: (error) => log.warn('an idle connection ended', { error }),
    })
    const adminKey = config.RUNLEDGER_ADMIN_KEY ?? (await folder.adminKey())
    const secret = config.RUNLEDGER_SECRET ?? (await folder.secret())
    const objects = openObjects(config, {
      secret,
      folder: join(folder.path, 'objects'),
      publicUrl: () => config.RUNLEDGER_PUBLIC_URL ?? url(),
    })
    const close = async () => {
      await objects.close()
      await store.close()
      await database.stop()
    }
    return {
      ports: openPorts(store, config, { secret, objects, log, adminKey }),
      databaseUrl: database.directUrl,
      database: database.name,
      admin: { key: adminKey, file: config.RUNLEDGER_ADMIN_KEY ? null : join(folder.path, 'admin-key') },
      close,
    }
  } catch (error) {
    await database.stop()
    throw error
  }
}

interface Database {
  url: string
  directUrl: string
  name: string
  stop(): Promise<void>
}

function given(config: Config, url: string): Database {
  const { hostname, pathname } = new URL(url)
  const name = `${hostname}${pathname}`
  return { url, directUrl: config.DATABASE_URL_DIRECT ?? url, name, stop: async () => {} }
}

async function embedded(folder: DataFolder, log: Log): Promise<Database> {
  // Imported only here: a server with a database of its own needs none of it.
  const { startEmbeddedPostgres } = await import('./embedded-postgres.ts')
  // Postgres refuses root: as another user it has to pass through here (not look around; the files stay ours), or else
  // needs a user namespace, which containers seldom allow.
  if (process.getuid?.() === 0) await chmod(folder.path, 0o711)
  const dataDir = join(folder.path, 'postgres')
  const server = await startEmbeddedPostgres({ dataDir, password: await folder.databasePassword() })
  let stopping = false
  void server.exited.then(() => {
    if (!stopping) log.error('the embedded database ended; stop and start the server to bring it back')
  })
  const stop = async () => {
    stopping = true
    await server.stop()
  }
  return { url: server.url, directUrl: server.url, name: `Postgres in ${dataDir}`, stop }
}
