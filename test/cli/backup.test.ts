import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { BackedUp } from '../../lib/ledger/backups/backup-ledger.ts'
import type { Backup } from '../../lib/run/backup.ts'
import { openPostgres } from '../../lib/store/postgres/open.ts'
import { runCli } from '../support/cli.ts'
import { createEmptyDatabase } from '../support/database.ts'
import { newRuns } from '../support/make.ts'
import { useLedgerBothWays } from './support/ledger-both-ways.ts'

// Many commands, each a process of its own.
vi.setConfig({ testTimeout: 180_000 })

describe('backup', () => {
  const ledger = useLedgerBothWays({ bucket: true })
  beforeAll(async () => void (await ledger().store.runs.insert(newRuns(4, { kind: 'backed.up' }))))

  const run = (env: Record<string, string>, ...args: string[]) => runCli(['backup', ...args], { env })
  const next = async (env: Record<string, string>): Promise<Backup> => {
    for (;;) {
      const { code, stdout, stderr } = await run(env, '--json')
      if (/already; try again in a second/.test(stderr)) continue
      expect([code, stderr]).toEqual([0, ''])
      return (JSON.parse(stdout) as BackedUp).backup
    }
  }

  it('is made by a server and in a database, listed by both, and brought back into a new database', async () => {
    const { remote, database: here } = ledger()
    const made = [await next(remote), await next(here)]
    for (const env of [remote, here]) {
      const { code, stdout, stderr } = await run(env, 'list', '--json')
      expect([code, stderr]).toEqual([0, ''])
      expect(JSON.parse(stdout)).toEqual(made.toReversed())
      const lines = (await run(env, 'list', '--ndjson')).stdout.trimEnd().split('\n')
      expect(lines.map((line) => JSON.parse(line))).toEqual(made.toReversed())
    }
    const text = await run(remote, 'list')
    expect(text.stdout).toMatch(
      /^ID +STATUS +TAKEN +ROWS +SIZE +SCHEMA\n\d{4}-\d\d-\d\dT\d{6}\.\d{3}Z +complete /,
    )

    const fresh = await createEmptyDatabase()
    const there = { ...here, DATABASE_URL: fresh.url }
    const id = made[1]?.id ?? ''
    const before = await run(there, 'restore', id)
    expect([before.code, before.stderr]).toEqual([4, expect.stringContaining('runledger migrate')])
    expect((await runCli(['migrate'], { env: there })).code).toBe(0)
    const restored = await run(there, 'restore', id)
    expect([restored.code, restored.stderr]).toEqual([0, ''])
    expect(restored.stdout).toMatch(/^\S+ is brought back: \d+ rows of \d+ tables, [\d.]+ kB\.\n$/)
    const again = await run(there, 'restore', id)
    expect([again.code, again.stderr]).toEqual([4, expect.stringContaining('has rows in')])
    const store = await openPostgres({ url: fresh.url })
    expect(await store.raw(`SELECT 1 FROM runs WHERE kind = 'backed.up'`)).toHaveLength(4)
    await store.close()
    await fresh.drop()
  })

  it.each<[name: string, env: () => Record<string, string>, args: string[], code: number, words: string]>([
    [
      'a restore through a server',
      () => ledger().remote,
      ['restore', '2026-11-22T030000.000Z'],
      2,
      'set DATABASE_URL',
    ],
    [
      'a backup that is not there',
      () => ledger().database,
      ['restore', '2026-11-22T030000.000Z'],
      3,
      'backup list',
    ],
    ['no bucket', () => ({ DATABASE_URL: ledger().database.DATABASE_URL ?? '' }), [], 5, 'S3_BUCKET'],
  ])('%s is refused, with what to do', async (_, env, args, code, words) => {
    const ended = await run(env(), ...args)
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringContaining(words)])
  })
})
