import { randomBytes } from 'node:crypto'
import pg from 'pg'

/** Where the databases of one bench are made, each fresh and its own. */
export interface Databases {
  create(): Promise<string>
  /** Drops all of them. */
  drop(): Promise<void>
  /** One statement as superuser. */
  admin(text: string): Promise<Record<string, unknown>[]>
}

/** Databases on the server at `adminUrl`. */
export function databasesOn(adminUrl: string): Databases {
  const made: string[] = []
  const admin = (text: string) => ask(adminUrl, text)
  return {
    admin,
    async create() {
      const name = `bench_${randomBytes(6).toString('hex')}`
      await admin(`CREATE DATABASE ${name} TEMPLATE template0`)
      made.push(name)
      return adminUrl.replace(/\/postgres$/, `/${name}`)
    },
    async drop() {
      for (const name of made.splice(0)) await admin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    },
  }
}

/** Runs statements on a connection of their own, without any time limit. */
export async function ask(url: string, ...texts: string[]): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    let rows: Record<string, unknown>[] = []
    for (const text of texts) rows = (await client.query(text)).rows
    return rows
  } finally {
    await client.end()
  }
}

/** Does `work` while the tables have no indexes but their keys, and makes these again: ten times as fast for a million rows. */
export async function withoutIndexes(
  url: string,
  tables: string[],
  work: () => Promise<void>,
): Promise<void> {
  const indexes = await ask(
    url,
    `SELECT indexname AS name, indexdef AS text FROM pg_indexes
     WHERE tablename IN (${tables.map((table) => `'${table}'`).join(', ')})
       AND indexname NOT IN (SELECT conname FROM pg_constraint)`,
  )
  await ask(url, ...indexes.map(({ name }) => `DROP INDEX "${name}"`))
  await work()
  await ask(url, `SET maintenance_work_mem = '512MB'`, ...indexes.map(({ text }) => text as string))
}

/** After a large fill: what it leaves is tidy, written down and known to the planner before anything is measured. */
export async function settle(url: string): Promise<void> {
  await ask(url, 'VACUUM ANALYZE', 'CHECKPOINT')
}
