import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { RetentionPlan } from '../../lib/run/retention-plan.ts'
import { finishedRun } from '../contracts/retention-steps.ts'
import { makeHome, runCli } from '../support/cli.ts'
import { unique } from '../support/make.ts'
import { useLedgerBothWays, WAYS } from './support/ledger-both-ways.ts'

const DAY = 86_400
// Many commands, each a process of its own.
vi.setConfig({ testTimeout: 180_000 })
const ledger = useLedgerBothWays()

describe.each(WAYS)('retention %s', (_, way) => {
  const env = () => ledger()[way]
  const run = (...args: string[]) => runCli(args, { env: env() })
  const plan = async (...args: string[]) => {
    const { code, stdout, stderr } = await run('retention', 'plan', ...args, '--json')
    expect([code, stderr]).toEqual([0, ''])
    return JSON.parse(stdout) as RetentionPlan
  }
  const old = async (kind: string, days: number, columns: Record<string, string | number> = {}) =>
    (await finishedRun(ledger().store, { kind, projectId: kind }, { secondsAgo: days * DAY, columns })).id

  it('plan says what would be archived, deleted and kept, as text and as JSON', async () => {
    const kind = unique('kind')
    const deleted = await old(kind, 31, { logBytes: 2_500_000 })
    await old(kind, 8, { outputCount: 1, outputBytes: 1_000 })
    await old(kind, 40, { holdUntil: '9999-12-31T23:59:59.999Z' })
    const { code, stdout, stderr } = await run('retention', 'plan', '--kind', kind)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(
      /^By \d{4}-\d\d-\d\d .*\n {2}archived {2}1 run, 1\.0 kB\n {2}deleted {3}1 run, 2\.5 MB\n/,
    )
    expect(stdout).toContain('kept      1 run, 0 B (held)')
    expect(stdout).toContain(`${deleted}  it is deleted 30 days after it finished, by the configuration`)
    expect(await plan('--kind', kind)).toMatchObject({
      examined: 3,
      archive: { runs: 1 },
      delete: { runs: 1, bytes: 2_500_000 },
      nextCursor: null,
    })
  })

  describe('plan takes', () => {
    const kind = unique('kind')
    beforeAll(async () => {
      for (const days of [1, 10, 20]) await old(kind, days)
    })
    const deleted = async (...args: string[]) => (await plan('--kind', kind, ...args)).delete.runs

    it('other terms', async () => {
      expect(await deleted('--delete-after', '5', '--keep-last', '2')).toBe(1)
      expect(await deleted('--delete-after', 'never')).toBe(0)
    })

    it('other times: from now on, or a date', async () => {
      expect(await deleted('--at', '15d')).toBe(1)
      expect(await deleted('--at', '2099-01-01')).toBe(3)
    })

    it('other rules, from the line or from stdin', async () => {
      expect(await deleted('--rules', `[{"kind": "${kind}", "deleteAfterDays": 15}]`)).toBe(1)
      const { stdout } = await runCli(['retention', 'plan', '--kind', kind, '--stdin', '--json'], {
        env: env(),
        stdin: `{"rules": [{"state": "succeeded", "deleteAfterDays": 0}], "revision": 3}`,
      })
      expect(JSON.parse(stdout)).toMatchObject({ delete: { runs: 3 }, revision: null })
    })
  })

  it('explain says of one run when, why, and who has held it', async () => {
    const id = await old(unique('kind'), 31)
    const held = await run('runs', 'hold', id, '--reason', 'an audit', '--until', '90d')
    expect([held.code, held.stdout]).toEqual([
      0,
      expect.stringMatching(new RegExp(`^Run ${id} is held until \\d{4}-.* UTC\\.\\n`)),
    ])
    const explained = await run('retention', 'explain', id)
    expect([explained.code, explained.stderr]).toEqual([0, ''])
    expect(explained.stdout).toMatch(/archived {2}it has no outputs/)
    expect(explained.stdout).toMatch(/deleted {3}\d{4}-\d\d-\d\d .*: it is held until \d{4}-/)
    expect(explained.stdout).toMatch(/held {6}\d{4}-.* by .+: an audit\n/)
    const released = await run('runs', 'release', id, '--reason', 'it is over')
    expect([released.code, released.stdout]).toEqual([0, expect.stringContaining(`Run ${id} is not held.`)])
    expect((await run('retention', 'explain', id)).stdout).toMatch(
      /deleted {3}due since .*: it is deleted 30 days after/,
    )
    const events = await runCli(['runs', 'events', id], { env: ledger().remote })
    expect(events.stdout).toMatch(/held until \d{4}-.*: an audit/)
    expect(events.stdout).toContain('released: it is over')
  })

  it('hold and explain of no run end as not found', async () => {
    const id = '01KBQK6M3V8Z5W0X2Y4A6C8E9G'
    expect((await run('runs', 'hold', id, '--reason', 'a')).code).toBe(3)
    expect((await run('retention', 'explain', id)).code).toBe(3)
  })
})

describe('retention', () => {
  it.each([
    [['--delete-after', 'soon'], 'whole number of days'],
    [['--rules', '{}'], 'is no list of rules'],
    [['--rules', '[{"deleteAfterDays": -1}]'], 'rules.0.deleteAfterDays'],
    [['--rules', '[x]'], 'not JSON'],
    [['--at', 'tomorrow'], 'is not an instant'],
    [['--rules', '[]', '--stdin'], 'cannot be used with'],
  ])('plan refuses %j', async (args, message) => {
    const { code, stderr } = await runCli(['retention', 'plan', ...args], { env: ledger().database })
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })
})

describe('retention on this machine alone', () => {
  it('says what it needs', async () => {
    const home = await makeHome()
    const { code, stderr } = await runCli(['retention', 'plan'], { env: { RUNLEDGER_HOME: home.path } })
    expect([code, stderr]).toEqual([expect.any(Number), expect.stringMatching(/--remote|DATABASE_URL/)])
    expect(code).not.toBe(0)
    await home.remove()
  })
})
