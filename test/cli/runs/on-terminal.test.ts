import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Run } from '../../../lib/run/run.ts'
import { runCli, startCli } from '../../support/cli.ts'
import { local } from '../../support/ledgers.ts'
import { hasTerminal, onTerminal } from '../support/on-terminal.ts'

describe.runIf(hasTerminal)('on a terminal', () => {
  let opened: Awaited<ReturnType<typeof local.open>>
  let env: Record<string, string>
  beforeAll(async () => {
    opened = await local.open()
    env = (await opened.ledger()).env
  })
  afterAll(() => opened?.close())
  const enqueue = async (...args: string[]) =>
    (await runCli(['runs', 'enqueue', 'invoices.send', ...args], { env })).stdout.trim()
  const stateOf = async (id: string) =>
    (JSON.parse((await runCli(['runs', 'status', id, '--json'], { env })).stdout) as Run).state

  describe('cancel asks', () => {
    it.each([
      ['y\r', 0, 'canceled', /is canceled/],
      ['YES\r', 0, 'canceled', /is canceled/],
      ['n\r', 4, 'queued', /nothing was changed/],
      ['\r', 4, 'queued', /nothing was changed/],
      ['\x04', 4, 'queued', /nothing was changed/],
      ['\x03', 130, 'queued', /nothing was changed/],
    ])('and %j ends with %i, the run %s', async (keys, code, state, words) => {
      const id = await enqueue('--name', 'November')
      const terminal = onTerminal(['runs', 'cancel', id], { env })
      await terminal.says(/Cancel .*, queued \(run \w{26}\)\? \[y\/N\] $/)
      terminal.type(keys)
      expect(await terminal.ended).toBe(code)
      expect(terminal.said()).toMatch(words)
      expect(await stateOf(id)).toBe(state)
    })

    it('nothing about a run that cannot be canceled, and not with --yes', async () => {
      const id = await enqueue()
      expect(await onTerminal(['runs', 'cancel', id, '--yes'], { env }).ended).toBe(0)
      await runCli(['exec', '--kind', 'done', '--', 'true'], { env })
      const [done] = JSON.parse((await runCli(['runs', 'list', '--kind', 'done', '--json'], { env })).stdout)
      const terminal = onTerminal(['runs', 'cancel', done.id], { env })
      expect(await terminal.ended).toBe(4)
      expect(terminal.said()).toMatch(/^runledger: run \w+ has already succeeded/)
    })
  })

  describe('tail', () => {
    const start = async (kind: string, script: string) => {
      const child = startCli(['exec', '--kind', kind, '--', 'sh', '-c', script], { env })
      for (;;) {
        const { stdout } = await runCli(['runs', 'list', '--kind', kind, '--json'], { env })
        const [run] = JSON.parse(stdout) as Run[]
        if (run) return { child, id: run.id }
      }
    }

    it('shows a bar that moves, and at the end how the run ended', async () => {
      const { id, child } = await start('bar', 'echo progress: 40 loading users; sleep 60')
      const terminal = onTerminal(['runs', 'tail', id], { env, columns: 60 })
      await terminal.says(/▕█{9}▋ +▏ 40 % {2}[\d.]+ s {2}loading users/)
      expect(terminal.raw()).toContain('\x1b[36m')
      child.process.kill('SIGTERM')
      expect(await terminal.ended).toBe(1)
      expect(terminal.raw()).toContain('\r\x1b[2K\x1b[31m✗ failed\x1b[39m after')
      for (const line of terminal
        .said()
        .split('\n')
        .flatMap((text) => text.split('\r')))
        expect(line.length).toBeLessThanOrEqual(60)
    })

    it('left with Ctrl-C ends with 130, says in a line how to come back, and the run goes on', async () => {
      const { id, child } = await start('left', 'sleep 60')
      const terminal = onTerminal(['runs', 'tail', id], { env })
      await terminal.says(/started on/)
      terminal.type('\x03')
      expect(await terminal.ended).toBe(130)
      expect(terminal.said()).toMatch(new RegExp(`runledger: the run goes on: runledger runs tail ${id}\n$`))
      expect(await stateOf(id)).toBe('running')
      child.process.kill('SIGTERM')
      await child.ended
    })

    it('of a run that waits says so', async () => {
      const terminal = onTerminal(['runs', 'tail', await enqueue()], { env })
      await terminal.says(/waiting for a worker …/)
      terminal.type('\x03')
      expect(await terminal.ended).toBe(130)
    })
  })

  describe('list', () => {
    it('has colours and marks, and in a pipe none', async () => {
      await enqueue()
      const terminal = onTerminal(['runs', 'list', '--state', 'queued'], { env })
      expect(await terminal.ended).toBe(0)
      expect(terminal.raw()).toContain('\x1b[90m○ queued')
      const { stdout } = await runCli(['runs', 'list', '--state', 'queued'], { env })
      expect(stdout).not.toContain('○')
      expect(stdout).not.toContain('\x1b')
    })

    it.each([
      ['NO_COLOR', { NO_COLOR: '1' }],
      ['a dumb terminal', { TERM: 'dumb' }],
    ])('has no colour with %s', async (_name, more) => {
      const terminal = onTerminal(['runs', 'list'], { env: { ...env, ...more } })
      expect(await terminal.ended).toBe(0)
      expect(terminal.raw().replaceAll('\r\n', '\n')).toBe(terminal.said())
    })

    it.each([40, 60, 80, 120])('fits %i cells', async (columns) => {
      await enqueue('--name', '株式会社 a name that is rather long for such a narrow window, and longer')
      const terminal = onTerminal(['runs', 'list'], { env, columns })
      expect(await terminal.ended).toBe(0)
      const { widthOf } = await import('../../../lib/cli/terminal/fit-text.ts')
      for (const line of terminal.said().split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(columns)
    })
  })

  it('what is printed as JSON has no colour either', async () => {
    const terminal = onTerminal(['runs', 'list', '--json'], { env, columns: 40 })
    expect(await terminal.ended).toBe(0)
    expect(() => JSON.parse(terminal.raw())).not.toThrow()
  })
})
