import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { local } from '../../support/ledgers.ts'
import { hasTerminal, onTerminal } from '../support/on-terminal.ts'
import { type PrintingRun, startPrinting } from '../support/printing-run.ts'

const [DIM, RED, OFF] = ['\x1b[2m', '\x1b[31m', '\x1b[0m']
const UNDIM = '\x1b[22m'

describe.runIf(hasTerminal)('a log on a terminal', () => {
  let opened: Awaited<ReturnType<typeof local.open>>
  let env: Record<string, string>
  let run: PrintingRun
  beforeAll(async () => {
    opened = await local.open()
    env = { ...(await opened.ledger()).env, TZ: 'Asia/Kolkata' }
  })
  beforeEach(async () => {
    run = await startPrinting(env)
  })
  afterEach(() => run?.close())
  afterAll(() => opened?.close())
  const show = (args: string[], more: Record<string, string> = {}) =>
    onTerminal(['runs', ...args], { env: { ...env, ...more } })

  it('has the local time in place of the prefix, colours, and nothing that does harm', async () => {
    await run.print(`plain\n${RED}red\n`, '2026-01-02T03:04:05.678Z')
    await run.print(`\x1b]0;title\x07still\x1b[2J red${OFF}\n 10 %\r100 %\n`, '2026-01-02T19:04:05.678Z')
    await run.print('Password: ', '2026-01-02T19:05:06.000Z')
    await run.end()
    const { raw, ended } = show(['logs', run.id])
    expect(await ended).toBe(0)
    const dim = (text: string) => `${DIM}${text}${UNDIM}`
    expect(raw().replaceAll('\r\n', '\n')).toBe(
      [
        dim('2026-01-02'),
        `${dim('08:34:05')}  plain`,
        `${dim('08:34:05')}  ${RED}red${OFF}`,
        dim('2026-01-03'),
        `${dim('00:34:05')}  ${RED}still red${OFF}${OFF}`,
        `${dim('00:34:05')}  100 %`,
        `${dim('00:35:06')}  Password: ${dim('…')}`,
        '',
      ].join('\n'),
    )
  })

  it.each([
    ['NO_COLOR', { NO_COLOR: '1' }],
    ['a dumb terminal', { TERM: 'dumb' }],
  ])('has no colour with %s, not even the script’s', async (_name, more) => {
    await run.print(`${RED}red${OFF}\n`)
    await run.end()
    for (const command of ['logs', 'tail']) {
      const { raw, said, ended } = show([command, run.id], more)
      expect(await ended).toBe(0)
      expect(said()).toMatch(/\d\d:\d\d:\d\d {2}red\n/)
      expect(raw().replaceAll('\r\n', '\n')).toBe(said())
    }
  })

  it('with --raw has what was printed alone, made as harmless', async () => {
    await run.print(`${RED}red${OFF}\n\x1b[2Jtext\n`)
    await run.end()
    const { raw, ended } = show(['logs', run.id, '--raw'])
    expect(await ended).toBe(0)
    expect(raw().replaceAll('\r\n', '\n')).toBe(`${RED}red${OFF}${OFF}\ntext\n`)
  })

  it('of a run that goes on says how to follow it', async () => {
    await run.print('one\n')
    const { said, ended } = show(['logs', run.id])
    expect(await ended).toBe(0)
    expect(said()).toMatch(
      new RegExp(`one\\n\\nMore may come. Follow it: runledger runs logs ${run.id} --follow\\n$`),
    )
  })

  it('as JSON has no colour and no control character', async () => {
    await run.print(`${RED}red${OFF}\x9b\n`)
    const { raw, ended } = show(['logs', run.id, '--json'])
    expect(await ended).toBe(0)
    expect(JSON.parse(raw())).toMatchObject([{ text: `${RED}red${OFF}\x9b` }])
    expect(raw().trim()).not.toMatch(/\p{Cc}/u)
  })

  it('in a tail begins with the last 100 lines, and has the bar under it', async () => {
    const { leaseToken, verbs } = run
    await run.print(Array.from({ length: 150 }, (_, n) => `line ${n}\n`).join(''))
    await verbs.heartbeatRun({ leaseToken, progress: 40, message: 'loading' })
    const terminal = show(['tail', run.id])
    await terminal.says(/▕.*▏ 40 % .*loading/)
    expect(terminal.said()).toMatch(/line 149\n/)
    expect(terminal.said().match(/ {2}line \d+\n/g)).toHaveLength(100)
    await run.print('one more\n')
    // The bar goes for the line, and is back under it.
    await terminal.says(/ {2}one more\n\r?▕.*▏ 40 %/)
    await run.end()
    expect(await terminal.ended).toBe(0)
    expect(terminal.said()).toMatch(/✓ succeeded after [\d.]+ m?s\n$/)
    const bars = terminal
      .said()
      .split(/[\n\r]/)
      .filter((line) => line.startsWith('▕'))
    for (const bar of bars) expect(bar.length).toBeLessThan(100)
  })

  it('left with Ctrl-C while it is followed ends with 130', async () => {
    await run.print('one\n')
    const terminal = show(['logs', run.id, '--follow'])
    await terminal.says(/one/)
    terminal.type('\x03')
    expect(await terminal.ended).toBe(130)
    expect(terminal.said()).toMatch(/runledger: go on: runledger runs logs \w+ --follow --tail 100\n$/)
  })
})
