import { beforeAll, describe, expect, it, vi } from 'vitest'
import { runCli } from '../support/cli.ts'
import { useLedgerBothWays, WAYS } from './support/ledger-both-ways.ts'
import { hasTerminal, onTerminal } from './support/on-terminal.ts'

// Many commands, each a process of its own.
vi.setConfig({ testTimeout: 180_000 })
const ledger = useLedgerBothWays()
beforeAll(async () => {
  await ledger().store.raw(`
    INSERT INTO alerts (key, type, message, channels, "timesSeen", "openedAt", "resolvedAt") VALUES
      ('k1', 'archive.damaged', 'nightly fails', '["alert-slack"]', 4, '2026-01-02T03:04:05.006Z', NULL),
      ('k2', 'sweep.overdue', 'no sweep', '[]', 1, now(), now())`)
  await ledger().store.raw(`
    INSERT INTO deliveries (channel, "eventId", "eventType", payload, attempts, error)
    SELECT 'alert-slack', 'alert_' || id || '_1767323045006_opened', 'alert.opened', '{}', 2, 'it answered 404'
    FROM alerts WHERE key = 'k1'`)
})

describe.each(WAYS)('alerts %s', (_, way) => {
  const alerts = (...args: string[]) => runCli(['alerts', ...args], { env: ledger()[way] })

  it('says what is wrong, how often it was seen, and who could not be told', async () => {
    const { code, stdout } = await alerts()
    expect(code).toBe(0)
    const [head, row, ...more] = stdout.trimEnd().split('\n')
    expect(head).toMatch(/SINCE +STATE +SEEN +WHAT +TOLD/)
    expect(row).toMatch(/open +4 +nightly fails +slack \(it answered 404\)/)
    expect(more).toEqual([])
  })

  it.runIf(hasTerminal)('says it whole on a screen, however narrow', async () => {
    const terminal = onTerminal(['alerts'], { env: ledger()[way], columns: 30 })
    expect(await terminal.ended).toBe(0)
    expect(terminal.said()).toMatch(
      /^● nightly fails\n {2}since 2026-01-02, seen 4\n {2}times, told: slack \(it\n {2}answered 404\)\n/,
    )
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
