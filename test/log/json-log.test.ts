import { describe, expect, it } from 'vitest'
import { jsonLog, silentLog } from '../../lib/log/json-log.ts'
import { LedgerError } from '../../lib/run/errors.ts'

const NOW = Date.parse('2026-11-21T10:30:00.000Z')

function logging() {
  const lines: string[] = []
  const log = jsonLog(
    (line) => lines.push(line),
    () => NOW,
  )
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? 'null') }
}

describe('the log', () => {
  it('is one JSON object a line, with time and level', () => {
    const { log, lines } = logging()
    log.info('ready', { url: 'http://localhost:3000' })
    log.warn('slow\nquery')
    log.error('broken')
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { time: '2026-11-21T10:30:00.000Z', level: 'info', message: 'ready', url: 'http://localhost:3000' },
      { time: '2026-11-21T10:30:00.000Z', level: 'warn', message: 'slow\nquery' },
      { time: '2026-11-21T10:30:00.000Z', level: 'error', message: 'broken' },
    ])
    expect(lines.join('')).not.toContain('\n')
  })

  it('tells errors whole: name, message, stack, cause and what else they carry', () => {
    const { log, last } = logging()
    const cause = Object.assign(new TypeError('no socket'), { errno: -111 })
    log.error('it failed', { error: new LedgerError('unavailable', 'away', { cause, retryAfterSeconds: 5 }) })
    expect(last().error).toMatchObject({
      name: 'LedgerError',
      message: 'away',
      code: 'unavailable',
      retryAfterSeconds: 5,
      stack: expect.stringContaining('json-log.test'),
      cause: { name: 'TypeError', message: 'no socket', errno: -111, stack: expect.any(String) },
    })
  })

  it('survives what holds itself, and numbers that JSON has no word for', () => {
    const { log, last } = logging()
    const error: Error & { request?: unknown } = new Error('circular')
    error.cause = error
    error.request = { error, bytes: 10n ** 20n }
    log.error('it failed', { error })
    expect(last().error).toMatchObject({
      message: 'circular',
      cause: '[told above]',
      request: { error: '[told above]', bytes: '100000000000000000000' },
    })
  })

  it('lets no field take the place of its own', () => {
    const { log, lines } = logging()
    log.info('ready', { level: 'none', time: 0, message: 'another', url: 'x' })
    expect(lines[0]).toMatch(
      /^{"time":"2026-11-21T10:30:00.000Z","level":"info","message":"ready","url":"x"}$/,
    )
  })

  it('that is silent says nothing', () => {
    expect([silentLog.info('a'), silentLog.warn('b'), silentLog.error('c')]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })
})
