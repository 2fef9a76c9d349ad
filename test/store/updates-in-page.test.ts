import { describe, expect, it } from 'vitest'
import { openHarness, useHarness } from '../contracts/harness.ts'
import { createDatabase } from '../support/database.ts'

/** What is written time and again while a run runs: by heartbeats, progress, pieces of its log and its files. */
const WRITTEN_OFTEN = [
  'heartbeatAt',
  'leaseExpiresAt',
  'progress',
  'progressMessage',
  'logBytes',
  'nextLogOffset',
  'outputBytes',
  'outputCount',
  'updatedAt',
]

describe('the indexes of runs', () => {
  const at = useHarness({
    name: 'Postgres',
    open: async () => {
      const { url, drop } = await createDatabase()
      return await openHarness({ engine: 'pg', url }, drop)
    },
  })

  it('neither have nor ask for what is written often, or each such write makes an entry in all of them', async () => {
    const rows = (await at().store.raw(
      `SELECT indexname AS name, indexdef AS text FROM pg_indexes WHERE tablename = 'runs'`,
    )) as { name: string; text: string }[]
    expect(rows.length).toBeGreaterThan(10)
    const found = rows.flatMap(({ name, text }) =>
      WRITTEN_OFTEN.filter((column) => new RegExp(`\\b${column}\\b`).test(text)).map((column) => [
        name,
        column,
      ]),
    )
    expect(found).toEqual([])
  })
})
