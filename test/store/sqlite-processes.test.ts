import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSqlite } from '../../lib/store/sqlite/open.ts'
import { newRun, newRuns } from '../support/make.ts'

const OPEN = new URL('../../lib/store/sqlite/open.ts', import.meta.url).href

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runledger-sqlite-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const at = (...names: string[]) => join(folder, ...names)

describe('several processes', () => {
  it('can make one new file together', async () => {
    for (let round = 0; round < 3; round++) {
      const path = at(`round-${round}`, 'ledger.db')
      const insertOne = `
        const store = await openSqlite({ path: ${JSON.stringify(path)} })
        await store.runs.insert([${JSON.stringify(newRun())}].map((run) => ({ ...run, id: process.argv[1] })))
        await store.close()`
      await Promise.all(Array.from({ length: 5 }, () => runChild(insertOne, newRun().id)))
      const store = await openSqlite({ path })
      expect(await store.raw('SELECT count(*) AS count FROM runs')).toEqual([{ count: 5 }])
      await store.close()
    }
  })

  it('that claim 2,000 runs get each once', async () => {
    const path = at('ledger.db')
    const store = await openSqlite({ path })
    for (let batch = 0; batch < 2; batch++) await store.runs.insert(newRuns(1_000))
    // Both begin when both are there.
    const claimAll = `
      import { existsSync, writeFileSync } from 'node:fs'
      const store = await openSqlite({ path: ${JSON.stringify(path)} })
      const [me, other] = process.argv.slice(1)
      writeFileSync(me, '')
      while (!existsSync(other)) await new Promise((resolve) => setTimeout(resolve, 1))
      const ids = []
      for (;;) {
        const runs = await store.runs.claim({ projectId: null, workerId: me, limit: 3, leaseSeconds: 60 })
        if (runs.length === 0) break
        ids.push(...runs.map(({ id }) => id))
        // The work, in which others get their turn: SQLite's lock is no queue.
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      await store.close()
      console.log(JSON.stringify(ids))`
    const claimed = async (...names: string[]) => JSON.parse(await runChild(claimAll, ...names)) as string[]
    const [one, other] = await Promise.all([claimed(at('a'), at('b')), claimed(at('b'), at('a'))])
    expect(one.length).toBeGreaterThan(0)
    expect(other.length).toBeGreaterThan(0)
    expect(one.length + other.length).toBe(2_000)
    expect(new Set([...one, ...other]).size).toBe(2_000)
    const events = `SELECT count(DISTINCT runId) AS runs, count(*) AS count FROM run_events WHERE type = 'run.started'`
    expect(await store.raw(events)).toEqual([{ runs: 2_000, count: 2_000 }])
    await store.close()
  })
})

/** Runs a module in a process of its own, with `openSqlite` at hand; resolves to what it wrote. */
async function runChild(source: string, ...args: string[]): Promise<string> {
  const code = `import { openSqlite } from ${JSON.stringify(OPEN)}\n${source}`
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', code, '--', ...args],
    { maxBuffer: 2 ** 24 },
  )
  return stdout
}
