import { readFileSync } from 'node:fs'
import type { Finding } from '../../cli/commands/doctor.ts'
import type { OpenStore } from '../../ports/open-store.ts'
import { isLedgerError } from '../../run/errors.ts'
import type { Config } from '../config.ts'

const JOURNAL = new URL('../../../drizzle/postgres/meta/_journal.json', import.meta.url)

/** The database at `DATABASE_URL`: whether it can be reached and has this program's schema. Changes nothing. */
export async function* examineDatabase(config: Config, url: string): AsyncGenerator<Finding> {
  const { openPostgres } = await import('../../store/postgres/open.ts')
  const store = await openPostgres({ url, driver: config.DATABASE_DRIVER, poolSize: 1 })
  try {
    yield await examineStore(store, new URL(url).hostname)
  } finally {
    await store.close()
  }
}

async function examineStore(store: OpenStore, host: string): Promise<Finding> {
  const name = 'database'
  try {
    await store.ping()
    const [applied, known] = [await lastApplied(store), lastKnown()]
    if (applied === known)
      return { name, status: 'ok', message: `Postgres at ${host}, reached and up to date` }
    if (applied > known)
      return {
        name,
        status: 'fail',
        message: `Postgres at ${host} was migrated by a newer Runledger`,
        advice: 'upgrade this one',
        code: 'conflict',
      }
    const message = `Postgres at ${host} ${applied === 0 ? 'has no tables of ours yet' : 'is behind this program'}`
    return { name, status: 'fail', message, advice: 'runledger migrate', code: 'conflict' }
  } catch (error) {
    if (!isLedgerError(error)) throw error
    const advice =
      'check DATABASE_URL: its host, its database, its user with password and rights, and that the server runs'
    return {
      name,
      status: 'fail',
      message: `Postgres at ${host}: ${error.message}`,
      advice,
      code: error.code,
    }
  }
}

/** When the newest migration in the database was made; 0 where there is none. */
async function lastApplied(store: OpenStore): Promise<number> {
  const [table] = (await store.raw(
    `SELECT to_regclass('drizzle.__drizzle_migrations') IS NOT NULL AS "isThere"`,
  )) as { isThere: boolean }[]
  if (!table?.isThere) return 0
  const [row] = (await store.raw(
    'SELECT coalesce(max(created_at), 0)::text AS last FROM drizzle.__drizzle_migrations',
  )) as { last: string }[]
  return Number(row?.last ?? 0)
}

function lastKnown(): number {
  const { entries } = JSON.parse(readFileSync(JOURNAL, 'utf8')) as { entries: { when: number }[] }
  return Math.max(...entries.map(({ when }) => when))
}
