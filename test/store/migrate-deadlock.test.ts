import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, expect, it } from 'vitest'
import { migratePostgres } from '../../lib/store/postgres/migrate.ts'
import { createDatabase } from '../support/database.ts'
import { copyFirstMigrations } from '../support/first-migrations.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

const isLocked = (table: string, granted: boolean) =>
  `EXISTS (SELECT FROM pg_locks WHERE relation = '${table}'::regclass AND mode = 'AccessExclusiveLock' AND granted = ${granted})`
/** Takes one table, waits until somebody who has the other waits for it, and takes that, too. */
const TAKE_BOTH = `
  SET LOCAL lock_timeout = 0;--> statement-breakpoint
  LOCK TABLE alerts;--> statement-breakpoint
  DO $$ BEGIN
    WHILE ${isLocked('deliveries', true)} AND NOT ${isLocked('alerts', false)} LOOP PERFORM pg_sleep(0.01); END LOOP;
  END $$;--> statement-breakpoint
  LOCK TABLE deliveries;`

it('a migration that is ended for a deadlock is tried again when the other is through', async () => {
  const { url, name, drop } = await createDatabase()
  const [holder, other] = [new pg.Client(url), new pg.Client(url)]
  for (const client of [holder, other]) {
    await client.connect()
    cleanups.push(() => client.end())
  }
  cleanups.push(drop)
  // The migration is who finds it.
  await holder.query(`SET deadlock_timeout = '10min'`)
  await other.query(`ALTER DATABASE ${name} SET deadlock_timeout = '10ms'`)
  const folder = await copyFirstMigrations('postgres', Number.POSITIVE_INFINITY)
  cleanups.push(() => rm(folder, { recursive: true }))
  await addMigration(folder, TAKE_BOTH)

  await holder.query('BEGIN; LOCK TABLE deliveries')
  const migrating = migratePostgres(url, { folder })
  const ask = async (question: string) => (await other.query(`SELECT ${question} AS answer`)).rows[0].answer
  await expect.poll(() => ask(isLocked('alerts', true)), { timeout: 30_000 }).toBe(true)
  await holder.query('LOCK TABLE alerts; COMMIT')
  expect(await migrating).toBe(1)
  const deadlocks = () =>
    ask('(SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database())')
  await expect.poll(deadlocks, { timeout: 30_000 }).toBe(1)
})

async function addMigration(folder: string, sql: string): Promise<void> {
  const path = join(folder, 'meta', '_journal.json')
  const journal = JSON.parse(await readFile(path, 'utf8'))
  const entry = {
    idx: journal.entries.length,
    version: '7',
    when: 9_999_999_999_999,
    tag: 'next',
    breakpoints: true,
  }
  await writeFile(path, JSON.stringify({ ...journal, entries: [...journal.entries, entry] }))
  await writeFile(join(folder, 'next.sql'), sql)
}
