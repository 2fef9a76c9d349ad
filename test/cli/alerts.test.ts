import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../support/cli.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { type ServerProcess, startServerWithDatabase } from '../support/server.ts'

let database: TestDatabase
let server: ServerProcess & { close(): Promise<void> }
beforeAll(async () => {
  database = await createDatabase()
  server = await startServerWithDatabase({ DATABASE_URL: database.url })
  const client = new pg.Client(database.url)
  await client.connect()
  await client.query(`
    INSERT INTO alerts (key, type, message, channels, "timesSeen", "openedAt", "resolvedAt") VALUES
      ('k1', 'cron.failing', 'nightly fails', '["alert-slack"]', 4, '2026-01-02T03:04:05.006Z', NULL),
      ('k2', 'sweep.overdue', 'no sweep', '[]', 1, now(), now())`)
  await client.query(`
    INSERT INTO deliveries (channel, "eventId", "eventType", payload, attempts, error)
    SELECT 'alert-slack', 'alert_' || id || '_1767323045006_opened', 'alert.opened', '{}', 2, 'it answered 404'
    FROM alerts WHERE key = 'k1'`)
  await client.end()
})
afterAll(async () => {
  await server?.close()
  await database?.drop()
})

describe.each([
  ['through a server', () => ({ ...server.env })],
  ['in a database', () => ({ DATABASE_URL: database.url })],
])('alerts %s', (_name, env: () => Record<string, string>) => {
  const alerts = (...args: string[]) => runCli(['alerts', ...args], { env: env() })

  it('says what is wrong, how often it was seen, and who could not be told', async () => {
    const { code, stdout } = await alerts()
    expect(code).toBe(0)
    const [head, row, ...more] = stdout.trimEnd().split('\n')
    expect(head).toMatch(/SINCE +STATE +SEEN +WHAT +TOLD/)
    expect(row).toMatch(/open +4 +nightly fails +slack \(it answered 404\)/)
    expect(more).toEqual([])
  })

  it('gives all of them as JSON', async () => {
    const { stdout } = await alerts('--state', 'all', '--json')
    expect(JSON.parse(stdout)).toMatchObject([
      { key: 'k2', notices: [] },
      { key: 'k1', notices: [{ channel: 'alert-slack', opened: { status: 'pending', attempts: 2 } }] },
    ])
  })

  it('says so where there is none', async () => {
    const { stdout } = await alerts('--state', 'resolved', '--cursor', '1')
    expect(stdout).toBe('There is no such alert.\n')
  })
})
