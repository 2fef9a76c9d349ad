import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from '../../lib/runtime/embedded-postgres.ts'
import { migratePostgres } from '../../lib/store/postgres/migrate.ts'
import { makeTemporaryFolder } from './temporary-folder.ts'
import { startWsRelay } from './ws-relay.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The run's own Postgres, as superuser, database `postgres`. For a database of one's own: `createDatabase`. */
    postgresUrl: string
    /** `host:port` of a WebSocket relay to the same server, for the Neon driver. */
    neonRelay: string
  }
}

/** One server for the whole run, with the migrated database that `createDatabase` copies. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await makeTemporaryFolder()
  const server = await startEmbeddedPostgres({
    dataDir: join(folder, 'postgres'),
    durable: false,
    maxConnections: 300,
  })
  await createTemplate(server.url)
  const relay = await startWsRelay({ host: '127.0.0.1', port: server.port })
  project.provide('postgresUrl', server.url)
  project.provide('neonRelay', relay.address)

  return async () => {
    await relay.close()
    await server.stop('immediate')
    await rm(folder, { recursive: true, force: true })
  }
}

async function createTemplate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('create database runledger_template')
  await migratePostgres(url.replace(/\/postgres$/, '/runledger_template'))
  // A template that someone is connected to cannot be copied.
  await client.query('alter database runledger_template with allow_connections false')
  await client.end()
}
