import { beforeAll, describe, expect, it } from 'vitest'
import type { RunFilter } from '../../lib/ports/run-store.ts'
import { LISTED_STORAGE_STATES, type StorageState } from '../../lib/run/run.ts'
import { openHarness, useHarness } from '../contracts/harness.ts'
import { enqueue } from '../contracts/steps.ts'
import { createDatabase } from '../support/database.ts'
import { newRun } from '../support/make.ts'

const engine = {
  name: 'Postgres',
  open: async () => {
    const { url, drop } = await createDatabase()
    return await openHarness({ engine: 'pg', url }, drop)
  },
}

const OTHERS = 20_000

describe('the runs of a kind that is rare in a project, and common in another', () => {
  const at = useHarness(engine)

  beforeAll(async () => {
    const { store } = at()
    // The oldest of all, among much else of its project.
    await enqueue(store, newRun({ projectId: 'mine', kind: 'shared' }))
    await enqueue(store, newRun({ kind: 'shared' }))
    await enqueue(store, newRun({ projectId: 'mine', kind: 'other' }))
    await enqueue(store, newRun({ projectId: 'theirs', kind: 'shared' }))
    await store.raw(`
      INSERT INTO runs (id, "projectId", kind, "scriptId", state, "storageState")
      SELECT 'R' || lpad(n::text, 25, '0'), s."projectId", s.name, s.id, 'succeeded',
        (CASE WHEN n % 3 > 0 THEN 'active' WHEN n % 2 = 0 THEN 'deleted' ELSE 'archived' END)::storage_state
      FROM generate_series(1, ${OTHERS}) n
      JOIN scripts s ON s."projectId" = CASE n % 2 WHEN 0 THEN 'mine' ELSE 'theirs' END
        AND s.name = CASE n % 2 WHEN 0 THEN 'other' ELSE 'shared' END`)
    await store.raw('VACUUM ANALYZE runs')
  })

  /** How many rows of the table have been read; what a connection has read is counted with its next statement. */
  const rowsRead = async () => {
    const { raw } = at().store
    await raw('SELECT pg_stat_force_next_flush()')
    const [row] = await raw(
      `SELECT (seq_tup_read + idx_tup_fetch)::int AS rows FROM pg_stat_user_tables WHERE relname = 'runs'`,
    )
    return (row as { rows: number }).rows
  }
  const rowsReadBy = async (ask: () => Promise<unknown>) => {
    const before = await rowsRead()
    await ask()
    return (await rowsRead()) - before
  }
  const filter = (projectId: string | null, storageState: readonly StorageState[]): RunFilter => ({
    projectId,
    kind: 'shared',
    storageState,
    sort: 'createdAt:desc',
    limit: 51,
  })

  it.each([
    ['mine', LISTED_STORAGE_STATES, 1],
    [null, LISTED_STORAGE_STATES, 1],
    ['mine', ['archived'], 0],
    ['nobody', LISTED_STORAGE_STATES, 0],
  ] as const)('are listed without reading the others: %s, %j', async (projectId, storage, count) => {
    let found: unknown[] = []
    const read = await rowsReadBy(async () => {
      found = await at().store.runs.list(filter(projectId, storage))
    })
    expect(found).toHaveLength(count)
    expect(read).toBeLessThan(OTHERS / 100)
  })

  it('are listed by the number of the kind and one kind of what is put away without reading the others', async () => {
    const { raw, runs } = at().store
    const [script] = await raw(`SELECT id FROM scripts WHERE "projectId" = 'theirs' AND name = 'shared'`)
    const { id: scriptId } = script as { id: number }
    const all = { projectId: undefined, scriptId, sort: 'createdAt:desc', limit: 51 } as const
    let found: unknown[] = []
    const read = await rowsReadBy(async () => {
      found = await runs.list({ ...all, storageState: ['deleted'] })
    })
    expect(found).toEqual([])
    expect(read).toBeLessThan(OTHERS / 100)
    expect(await runs.list({ ...all, storageState: ['archived'] })).toHaveLength(51)
  })

  it('are seen in the overview without reading the others', async () => {
    const read = await rowsReadBy(() =>
      at().store.scripts.overview({ projectId: undefined, since: '2026-01-01T00:00:00.000Z', limit: 100 }),
    )
    expect(read).toBeLessThan(OTHERS / 100)
  })
})
