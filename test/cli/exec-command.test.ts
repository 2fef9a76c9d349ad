import { join } from 'node:path'
import { ulid } from 'ulid'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { execCommand, ledgerTimeout } from '../../lib/cli/commands/exec.ts'
import { readConfig } from '../../lib/runtime/config.ts'
import { openVerbs } from '../../lib/runtime/open-verbs.ts'
import { makeHome } from '../support/cli.ts'

describe('exec, called within a process', () => {
  let home: Awaited<ReturnType<typeof makeHome>>
  beforeEach(async () => {
    home = await makeHome()
  })
  afterEach(() => home.remove())

  const open = () => openVerbs(readConfig({ RUNLEDGER_HOME: home.path }), { remote: false })
  const exec = async (command: string, deps: { open: typeof open }) => {
    const id = ulid()
    const code = await execCommand({ kind: 'test.command', labels: {}, graceMs: 1_000 }, command, [], {
      ...deps,
      newId: () => id,
      workerId: 'w',
      warn: (message) => expect.unreachable(message),
      now: () => new Date(),
      environment: () => ({ env: process.env, marker: 'NONE=0' }),
      spool: async () => ({ home: home.path, place: join(home.path, 'runs.db') }),
      status: { draw: () => {}, width: () => undefined, paint: (_, text) => text },
      onInterrupt: () => ({ signal: new AbortController().signal, release: () => {} }),
      flushCommand: 'runledger flush',
    })
    const { verbs, close } = await open()
    const run = await verbs.getRun({ id })
    await close()
    return { code, run }
  }

  it('a command that is through at once is not charged with the time that its ledger takes to open', async () => {
    const busyMs = 2_000
    const { code, run } = await exec('true', {
      open() {
        const until = performance.now() + busyMs
        while (performance.now() < until);
        return open()
      },
    })
    expect([code, run.state]).toEqual([0, 'succeeded'])
    expect(run.durationMs).toBeLessThan(busyMs)
  })
})

describe('the limit that the ledger is told', () => {
  it.each([
    ['1h', 3_600_000, 10_000, 3_600],
    ['a part of a second', 1, 0, 1],
    ['1.2 s', 1_200, 10_000, 2],
    ['1h with a grace as long as the ledger’s patience', 3_600_000, 15_000, 3_605],
    ['1h with a grace of two minutes', 3_600_000, 120_000, 3_710],
    ['the longest there is, with a grace', 2_592_000_000, 120_000, 2_592_000],
    ['a longer one, which the ledger refuses', 2_592_001_000, 0, 2_592_001],
  ])('of %s never comes before our own', (_what, timeoutMs, graceMs, seconds) => {
    expect(ledgerTimeout(timeoutMs, graceMs)).toBe(seconds)
  })
})
