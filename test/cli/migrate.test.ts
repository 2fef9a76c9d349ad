import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeHome, ROOT, runCli } from '../support/cli.ts'
import { createEmptyDatabase, type TestDatabase } from '../support/database.ts'

/** One migration a `.sql` file. */
async function migrations(engine: string): Promise<number> {
  return (await readdir(join(ROOT, 'drizzle', engine))).filter((name) => name.endsWith('.sql')).length
}

describe('migrate on Postgres', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createEmptyDatabase()
  })
  afterAll(() => database?.drop())

  it('makes the tables of an empty database, and is then up to date', async () => {
    const env = { DATABASE_URL: database.url }
    const count = await migrations('postgres')
    const applied = `127.0.0.1: ${count} migration${count === 1 ? '' : 's'} applied\n`
    expect(await runCli(['migrate'], { env })).toMatchObject({ code: 0, stdout: applied, stderr: '' })
    expect(await runCli(['migrate'], { env })).toMatchObject({ code: 0, stdout: '127.0.0.1 is up to date\n' })
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    expect((await client.query('SELECT * FROM runs')).rows).toEqual([])
    await client.end()
  })

  it('goes past the pooler where there is one', async () => {
    const env = { DATABASE_URL: 'postgres://me@127.0.0.1:1/pooled', DATABASE_URL_DIRECT: database.url }
    expect((await runCli(['migrate'], { env })).code).toBe(0)
  })
})

describe('migrate --to', () => {
  it('goes as far as a backup is, and without it further', async () => {
    const { url, drop } = await createEmptyDatabase()
    const env = { DATABASE_URL: url }
    const count = await migrations('postgres')
    const journal = await readFile(join(ROOT, 'drizzle/postgres/meta/_journal.json'), 'utf8')
    const to = String(JSON.parse(journal).entries.at(-2).when)
    const json = async (...args: string[]) =>
      JSON.parse((await runCli(['migrate', '--json', ...args], { env })).stdout).applied
    expect(await json('--to', to)).toBe(count - 1)
    expect(await json('--to', to)).toBe(0)
    expect(await json()).toBe(1)
    expect((await runCli(['migrate', '--to', 'last'], { env })).code).toBe(2)
    await drop()
  })
})

describe('migrate on this machine', () => {
  let home: Awaited<ReturnType<typeof makeHome>>
  beforeEach(async () => {
    home = await makeHome()
  })
  afterEach(() => home.remove())

  it('makes the file, and is then up to date', async () => {
    const env = { HOME: home.path }
    const path = join(home.path, '.local/share/runledger/runs.db')
    for (const _ of [1, 2])
      expect(await runCli(['migrate'], { env })).toMatchObject({ code: 0, stdout: `${path} is up to date\n` })
    expect(await readdir(join(home.path, '.local/share/runledger'))).toContain('runs.db')
  })
})
