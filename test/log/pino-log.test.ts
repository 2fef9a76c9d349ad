import { describe, expect, it } from 'vitest'
import { pinoLog } from '../../lib/log/pino-log.ts'
import { silentLog } from '../../lib/log/silent-log.ts'
import { LedgerError } from '../../lib/run/errors.ts'

const NOW = Date.parse('2026-11-21T10:30:00.000Z')
const PLANTED = 'hunter2'

function logging(level: Parameters<typeof pinoLog>[2] = 'info') {
  const lines: string[] = []
  const log = pinoLog(
    (line) => lines.push(line),
    () => NOW,
    level,
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
    expect(lines.map((line) => line.indexOf('\n'))).toEqual(lines.map((line) => line.length - 1))
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
      stack: expect.stringContaining('pino-log.test'),
      cause: { name: 'TypeError', message: 'no socket', errno: -111, stack: expect.any(String) },
    })
  })

  it.each(['error', 'err'])('tells the errors within an error, as %s', (name) => {
    const { log, last } = logging()
    log.error('nobody there', { [name]: new AggregateError([new Error('::1'), new Error('127.0.0.1')]) })
    expect(last()[name]).toMatchObject({
      name: 'AggregateError',
      errors: [{ message: '::1' }, { message: '127.0.0.1' }],
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

  it('writes dates and addresses as JSON does, each time', () => {
    const { log, last } = logging()
    const [at, url] = [new Date(NOW), new URL('http://here/')]
    log.info('ready', { at, url, again: { at, url }, size: Number.NaN, none: undefined, call: () => 1 })
    const written = { at: '2026-11-21T10:30:00.000Z', url: 'http://here/' }
    expect(last()).toEqual({
      time: expect.any(String),
      level: 'info',
      message: 'ready',
      ...written,
      again: written,
      size: null,
    })
  })

  it('says that something happened, whatever it is told of it', () => {
    const { log, lines } = logging()
    const deep: { in?: unknown } = {}
    for (let [at, n] = [deep, 0]; n < 50_000; n++) at = at.in = {}
    const thrower = {
      get gone() {
        throw new Error('no')
      },
    }
    for (const fields of [{ thrower }, { deep }, { at: { toJSON: () => thrower } }]) log.warn('odd', fields)
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      Array(3).fill(expect.objectContaining({ level: 'warn', message: 'odd' })),
    )
  })

  it('lets no field take the place of its own', () => {
    const { log, lines } = logging()
    log.info('ready', { level: 'none', time: 0, message: 'another', url: 'x' })
    expect(lines[0]).toBe('{"time":"2026-11-21T10:30:00.000Z","level":"info","message":"ready","url":"x"}\n')
  })

  it('writes text as it is: quotes, line ends, what looks like a format, a request', () => {
    const { log, last } = logging()
    log.info('%s of 5 %d', { 'a"b\n': 'c"d\\e\u2028', method: 'GET', headers: { 'x-a': '1' }, socket: {} })
    expect(last()).toMatchObject({
      message: '%s of 5 %d',
      'a"b\n': 'c"d\\e\u2028',
      method: 'GET',
      headers: { 'x-a': '1' },
      socket: {},
    })
  })

  it.each([
    ['trace', ['a', 'b', 'c']],
    ['info', ['a', 'b', 'c']],
    ['warn', ['b', 'c']],
    ['error', ['c']],
    ['fatal', []],
    ['silent', []],
  ] as const)('at the level %s says %j', (level, said) => {
    const { log, lines } = logging(level)
    log.info('a')
    log.warn('b')
    log.error('c')
    expect(lines.map((line) => JSON.parse(line).message)).toEqual(said)
  })

  it('that is silent says nothing', () => {
    expect([silentLog.info('a'), silentLog.warn('b'), silentLog.error('c')]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })
})

describe('what never stands in the log', () => {
  const NAMES = [
    ...['input', 'leaseToken', 'authorization', 'Authorization', 'AUTHORIZATION', 'secret', 'password'],
    ...['Password', 'cookie', 'Cookie', 'Set-Cookie', 'Lease-Token', 'X-Lease-Token'],
  ]

  it.each(NAMES)('is the value of %s, wherever it is', (name) => {
    const { log, lines, last } = logging()
    const planted = { [name]: { text: PLANTED } }
    log.info('top', { ...planted, id: 1 })
    expect(last()).toMatchObject({ id: 1, [name]: '[redacted]' })
    log.info('below', { run: { id: 1, ...planted } })
    expect(last().run).toEqual({ id: 1, [name]: '[redacted]' })
    log.info('in a list', { batch: [{ report: [planted] }] })
    log.info('through JSON', { run: { toJSON: () => planted } })
    log.error('in an error', {
      error: Object.assign(new Error('x', { cause: planted }), { request: planted }),
    })
    log.error('in a cause', { error: new Error('x', { cause: Object.assign(new Error('y'), planted) }) })
    log.error('in one of several', { error: new AggregateError([Object.assign(new Error('y'), planted)]) })
    log.info('text alone', { [name]: PLANTED })
    expect(lines).toHaveLength(8)
    expect(lines.join('')).not.toContain(PLANTED)
  })
})
