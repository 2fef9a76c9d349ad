import pg from 'pg'
import { expect, it } from 'vitest'
import { openPostgres } from '../../lib/store/postgres/open.ts'
import { createDatabase } from '../support/database.ts'
import { newRun, unique } from '../support/make.ts'

const INSTANTS = [
  '0001-01-01T00:00:00.000Z',
  '1850-06-01T12:00:00.120Z',
  '2026-03-29T01:30:00.007Z',
  '9999-12-31T23:59:59.999Z',
]

it.each(['Europe/Paris', 'America/St_Johns', 'Asia/Kolkata', 'UTC'])(
  'a database that lives in %s gives instants back as they were given',
  async (zone) => {
    const database = await createDatabase()
    const admin = new pg.Client({ connectionString: database.url })
    await admin.connect()
    await admin.query(`ALTER DATABASE ${database.name} SET timezone = '${zone}'`)
    await admin.end()
    const store = await openPostgres({ url: database.url })
    try {
      const projectId = unique('p')
      await store.runs.insert(INSTANTS.map((runAt) => newRun({ projectId, runAt })))
      const runs = await store.runs.list({ projectId, sort: 'createdAt:asc', limit: 10 })
      expect(runs.map(({ runAt }) => runAt).toSorted()).toEqual(INSTANTS)
      const claimed = await store.runs.claim({ projectId, workerId: 'w', limit: 10, leaseSeconds: 60 })
      expect(claimed.map(({ runAt }) => runAt)).toEqual(INSTANTS.slice(0, 3))
    } finally {
      await store.close()
      await database.drop()
    }
  },
)
