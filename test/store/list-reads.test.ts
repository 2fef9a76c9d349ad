import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunFilter } from '../../lib/ports/run-store.ts'
import { LISTED_STORAGE_STATES, StorageState } from '../../lib/run/run.ts'
import type { Pool } from '../../lib/store/postgres/connect.ts'
import { listRuns } from '../../lib/store/postgres/list.ts'
import { settle } from '../bench/databases.ts'
import { fillFinished } from '../bench/fill/fill-runs.ts'
import { KINDS } from '../bench/workload.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

/** What a plan that was carried out says of itself. */
interface Step {
  'Rows Removed by Filter'?: number
  'Actual Loops'?: number
  Plans?: Step[]
}

const RUNS = 20_000
const A_PAGE = 51
const EVERYWHERE = StorageState.options

describe('a list in Postgres of what nothing is like', () => {
  let database: TestDatabase
  let client: pg.Client
  beforeAll(async () => {
    database = await createDatabase()
    await fillFinished(database.url, RUNS)
    await settle(database.url)
    client = new pg.Client({ connectionString: database.url })
    await client.connect()
  }, 120_000)
  afterAll(async () => {
    await client?.end()
    await database?.drop()
  })

  /** How many runs it looks at in vain. */
  async function lookedAt(filter: Partial<RunFilter>): Promise<number> {
    let steps: Step[] = []
    const explained = {
      async query({ text, values }: { text: string; values: unknown[] }) {
        const { rows } = await client.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values)
        steps = rows.flatMap((row) => row['QUERY PLAN']).map(({ Plan }) => Plan)
        return { rows: [] }
      },
    }
    const listed: RunFilter = {
      storageState: [...LISTED_STORAGE_STATES],
      sort: 'createdAt:desc',
      limit: A_PAGE,
    }
    await listRuns(explained as unknown as Pool, { ...listed, ...filter })
    return steps.reduce((sum, step) => sum + removed(step), 0)
  }

  const removed = (step: Step): number =>
    (step['Rows Removed by Filter'] ?? 0) * (step['Actual Loops'] ?? 1) +
    (step.Plans ?? []).reduce((sum, inner) => sum + removed(inner), 0)

  it.each<[string, Partial<RunFilter>]>([
    ['a state in a project', { projectId: 'globex', state: ['failed'] }],
    ['some states in a project', { projectId: 'globex', state: ['failed', 'canceled'] }],
    ['a state in a project, wherever', { projectId: 'globex', state: ['failed'], storageState: EVERYWHERE }],
    ['a state of a kind', { kind: KINDS[1], state: ['canceled'] }],
    ['a state of a kind, wherever', { kind: KINDS[1], state: ['canceled'], storageState: EVERYWHERE }],
    ['a state of a kind in a project', { projectId: null, kind: KINDS[1], state: ['canceled'] }],
    ['a kind in a project', { projectId: 'initech', kind: KINDS[0] }],
    ['a state of what is archived', { state: ['queued'], storageState: ['archived'] }],
    ['a state of a kind by its beginning', { projectId: null, q: KINDS[1].slice(0, 4), state: ['canceled'] }],
  ])('looks at next to no run in vain: %s', async (_what, filter) => {
    // The rows of the table of scripts, a few dozen, are looked through.
    expect(await lookedAt(filter)).toBeLessThan(200)
  })
})
