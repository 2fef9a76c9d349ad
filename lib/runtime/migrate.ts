import type { Config } from './config.ts'
import { localDatabase } from './open-verbs.ts'

/**
 * Brings the configured database to this program's schema: the one at `DATABASE_URL`, else this machine's own. `to`: no further than
 * the schema of a backup that is to be brought back.
 */
export async function migrate(
  config: Config,
  { to }: { to?: number | undefined } = {},
): Promise<{ applied: number; place: string }> {
  const url = config.DATABASE_URL_DIRECT ?? config.DATABASE_URL
  if (url !== undefined) {
    const { migratePostgres } = await import('../store/postgres/migrate.ts')
    return {
      applied: await migratePostgres(url, { driver: config.DATABASE_DRIVER, to }),
      place: new URL(url).hostname,
    }
  }
  // Opening a local database brings it up to date.
  const { openSqlite } = await import('../store/sqlite/open.ts')
  const path = localDatabase(config)
  await (await openSqlite({ path })).close()
  return { applied: 0, place: path }
}
