import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pinoLog } from '../../lib/log/pino-log.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

const PLANTED = 'hunter2'

describe('an error of Postgres in the log', () => {
  let database: TestDatabase
  let client: pg.Client
  beforeAll(async () => {
    database = await createDatabase()
    client = new pg.Client({ connectionString: database.url })
    await client.connect()
  })
  afterAll(async () => {
    await client?.end()
    await database?.drop()
  })

  it.each([
    ['a row that is not whole', `INSERT INTO runs (id, input) VALUES ('x', $1)`, `{"a":"${PLANTED}"}`],
    ['a JSON text that is none', 'SELECT $1::jsonb', `{"a": ${PLANTED}}`],
  ])('says what is wrong, not what was in it: %s', async (_, statement, input) => {
    const lines: string[] = []
    const log = pinoLog((line) => lines.push(line), Date.now, 'info')
    const error: Record<string, unknown> = await client.query(statement, [input]).then(
      () => expect.fail('Postgres took it'),
      (refusal) => refusal,
    )
    expect(JSON.stringify({ ...error })).toContain(PLANTED)
    log.error('broken', { error })
    log.error('broken', { error: new Error('a query failed', { cause: error }) })
    expect(lines[0]).toContain(`"code":"${error.code}"`)
    expect(lines.join('')).not.toContain(PLANTED)
  })

  it('names the connection that failed, and tells nothing of what was on its way through it', async () => {
    const lines: string[] = []
    const log = pinoLog((line) => lines.push(line), Date.now, 'info')
    const asking = client.query('SELECT $1::text', [PLANTED])
    log.warn('an idle connection ended', { error: Object.assign(new Error('ended'), { client }) })
    expect(JSON.parse(lines[0] ?? '').error).toMatchObject({ message: 'ended', client: '[Client]' })
    expect(lines.join('')).not.toContain(PLANTED)
    await asking
  })
})
