import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { widthOf } from '../../../lib/cli/terminal/fit-text.ts'
import type { CronExecution, CronJob } from '../../../lib/client/index.ts'
import { unique } from '../../support/make.ts'
import { hasTerminal, onTerminal } from '../support/on-terminal.ts'
import { cronIn, type LedgerOfJobs, openLedgerOfJobs } from './ledger-of-jobs.ts'

describe.runIf(hasTerminal)('cron on a terminal', () => {
  let ledger: LedgerOfJobs
  beforeAll(async () => {
    ledger = await openLedgerOfJobs()
  })
  afterAll(() => ledger?.close())
  const cron = (...args: string[]) => cronIn(ledger.remote).cron(...args)
  const json = <T>(...args: string[]) => cronIn(ledger.remote).json<T>(...args)
  const onScreen = (args: string[], columns = 100) =>
    onTerminal(['cron', ...args], { env: ledger.remote, columns })
  const add = (...more: string[]) => {
    const action = more.length > 0 ? more : ['--enqueue', 'a.kind']
    return json<CronJob>('add', unique('job'), '--schedule', '0 2 * * *', ...action)
  }

  describe('rm asks', () => {
    it.each([
      ['y\r', 0, 3, /is deleted/],
      ['n\r', 4, 0, /nothing was changed/],
      ['\r', 4, 0, /nothing was changed/],
      ['\x04', 4, 0, /nothing was changed/],
      ['\x03', 130, 0, /nothing was changed/],
    ])('and %j ends with %i; to show it ends then with %i', async (keys, code, after, words) => {
      const { name } = await add()
      const terminal = onScreen(['rm', name])
      await terminal.says(/Delete cron job job-\w{26}\? \[y\/N\] $/)
      terminal.type(keys)
      expect(await terminal.ended).toBe(code)
      expect(terminal.said()).toMatch(words)
      expect((await cron('show', name)).code).toBe(after)
    })

    it('and says what goes with it; not with --yes, nor for what is not there', async () => {
      const { name } = await add('--builtin', 'cleanupExpired')
      await cron('trigger', name, '--wait')
      const terminal = onScreen(['rm', name])
      await terminal.says(/Delete cron job job-\w{26}, and with it the history of 1 execution\? \[y\/N\] $/)
      terminal.type('\x03')
      expect(await terminal.ended).toBe(130)
      expect(await onScreen(['rm', name, '--yes']).ended).toBe(0)
      const gone = onScreen(['rm', name])
      expect([await gone.ended, gone.said()]).toEqual([3, `runledger: there is no cron job ${name}\n`])
    })
  })

  it('trigger --wait, left with Ctrl-C, ends with 130 and says that it goes on', async () => {
    const { name } = await add()
    const terminal = onScreen(['trigger', name, '--wait'])
    await terminal.says(/waiting for run \w{26} … /)
    terminal.type('\x03')
    expect(await terminal.ended).toBe(130)
    expect(terminal.said()).toMatch(new RegExp(`runledger: it goes on: runledger cron history ${name}\n$`))
    expect(await json<CronExecution[]>('history', name)).toMatchObject([{ status: 'running' }])
  })

  it('list, history and show have colours, marks, and what may come next', async () => {
    const { name } = await add('--builtin', 'cleanupExpired')
    const waited = onScreen(['trigger', name, '--wait'])
    expect(await waited.ended).toBe(0)
    expect(waited.raw()).toContain('\x1b[32m✓ completed\x1b[39m after')
    const shown = [onScreen(['list'], 160), onScreen(['history', name]), onScreen(['show', name])]
    expect(await Promise.all(shown.map(({ ended }) => ended))).toEqual([0, 0, 0])
    const [list, history, show] = shown
    expect(list?.raw()).toContain('\x1b[32m✓ completed')
    expect(history?.raw()).toContain('\x1b[32m✓ completed')
    expect(show?.raw()).toContain(`\x1b[1m${name}`)
    expect(show?.said()).toContain(`What came of it: runledger cron history ${name}\n`)
  })

  it.each([40, 80])('tables and details fit %i cells', async (columns) => {
    const description = '株式会社 '.repeat(30)
    const { name } = await add('--enqueue', 'a.kind', '--time-zone', ZONE, '--description', description)
    await cron('trigger', name)
    for (const args of [['list'], ['show', name], ['next'], ['history']]) {
      const terminal = onScreen(args, columns)
      expect(await terminal.ended).toBe(0)
      // What may be typed next is not cut.
      const lines = terminal.said().split('\n')
      for (const line of lines.filter((one) => !one.includes('runledger cron')))
        expect(widthOf(line), line).toBeLessThanOrEqual(columns)
    }
  })
})

const ZONE = 'America/Argentina/Buenos_Aires'
