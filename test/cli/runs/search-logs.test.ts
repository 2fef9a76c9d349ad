import type { RequestListener } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RUNLEDGER, runCli, startProcess } from '../../support/cli.ts'
import { local, type Place, remote } from '../../support/ledgers.ts'
import { startOddServer } from '../../support/odd-server.ts'
import { hasTerminal, onTerminal } from '../support/on-terminal.ts'
import { type PrintingRun, startPrinting } from '../support/printing-run.ts'
import { usePlace, usePrinting } from '../support/use-place.ts'

const UNKNOWN = '01KBQK6M3V8Z5W0X2Y4A6C8E9G'
const AT = '2026-01-02T03:04:05.678Z'
const LATER = '2026-01-02T19:05:06.000Z'

describe.each([remote, local])('runs logs --search $name', (place: Place) => {
  const at = usePlace(place)
  const begin = usePrinting(at)
  const search = (...args: string[]) => runCli(['runs', 'logs', ...args], { env: at.env })

  it('prints each line with its time and where it is, and ends with 0', async () => {
    const { id, print, log } = await begin()
    await print('all is well\n\x1b[31man ERROR\x1b[0m: no\troute\n', AT)
    const last = log().length
    await print('error \x07again\u202E\n', LATER)
    const first = log().indexOf('\n') + 1
    expect(await search(id, '--search', 'error')).toEqual({
      code: 0,
      signal: null,
      stderr: '',
      stdout: `${AT}  ${String(first).padStart(3)}  an ERROR: no route\n${LATER}  ${last}  error again\n`,
    })
  })

  it('ends with 1 and prints nothing where nothing is found, as grep does', async () => {
    const { id, print } = await begin()
    const nothing = { code: 1, signal: null, stderr: '', stdout: '' }
    expect(await search(id, '--search', 'x')).toEqual(nothing)
    await print('one\n')
    expect(await search(id, '--search', 'o.e')).toEqual(nothing)
    expect(await search(id, '--search', 'two', '--ndjson')).toEqual(nothing)
    expect(await search(id, '--search', 'two', '--json')).toEqual({ ...nothing, stdout: '[]\n' })
  })

  it('as JSON is what was found', async () => {
    const { id, print, log } = await begin()
    await print('one\n', AT)
    const position = log().length
    await print('\x1b[31mtwo\x1b[0m "tons"\n', AT)
    const match = { position, at: AT, text: 'two "tons"', hit: [0, 3] }
    expect(JSON.parse((await search(id, '--search', 'TWO', '--json')).stdout)).toEqual([match])
    expect(JSON.parse((await search(id, '--search', 'TWO', '--ndjson')).stdout)).toEqual(match)
  })

  it('goes on over all of a log with more lines than one answer has, or to its limit', async () => {
    const { id, print } = await begin()
    const lines = Array.from({ length: 2_300 }, (_, n) => `hit ${n}`)
    for (let n = 0; n < lines.length; n += 500) await print(`${lines.slice(n, n + 500).join('\nno\n')}\n`)
    const textsOf = (stdout: string) => stdout.match(/hit \d+$/gm)
    expect(textsOf((await search(id, '--search', 'Hit')).stdout)).toEqual(lines)
    for (const limit of [1, 999, 1_000, 1_001]) {
      const { code, stdout } = await search(id, '--search', 'hit', '--limit', String(limit))
      expect([code, textsOf(stdout)]).toEqual([0, lines.slice(0, limit)])
    }
    const found = JSON.parse((await search(id, '--search', 'hit', '--json')).stdout)
    expect(found.map(({ text }: { text: string }) => text)).toEqual(lines)
  })

  it('ends quietly with 141 when its reader has left', async () => {
    const { id, print } = await begin()
    for (let n = 0; n < 8; n++) await print(`${`a hit ${'.'.repeat(300)}\n`.repeat(500)}`)
    const line = `"$0" "$1" runs logs ${id} --search hit | head -1; echo \${PIPESTATUS[0]}`
    const { stdout, stderr } = await startProcess('bash', ['-c', line, process.execPath, RUNLEDGER], {
      env: at.env,
    }).ended
    expect([stdout.split('\n').slice(1), stderr]).toEqual([['141', ''], ''])
  })

  it('ends with 3 for a run that is not there, and with 2 for what makes no sense', async () => {
    expect(await search(UNKNOWN, '--search', 'x')).toMatchObject({
      code: 3,
      stdout: '',
      stderr: `runledger: there is no run ${UNKNOWN}\n`,
    })
    expect((await search('x', '--search', 'x')).code).toBe(2)
    const refused = async (...args: string[]) => {
      const { code, stdout, stderr } = await search(UNKNOWN, ...args)
      expect([code, stdout]).toEqual([2, ''])
      return stderr
    }
    expect(await refused('--search', '')).toContain('write 1 to 200 characters')
    expect(await refused('--search', 'x'.repeat(201))).toContain('write 1 to 200 characters')
    expect(await refused('--search', 'x', '--limit', '0')).toContain('write a whole number from 1')
    expect(await refused('--limit', '3')).toContain('--limit goes with --search')
    for (const other of [['--follow'], ['--raw'], ['--tail', '3']])
      expect(await refused('--search', 'x', ...other)).toContain('cannot be used with')
  })
})

describe('a server that limits searches', () => {
  const page = (from: number, nextFrom: number | null) => ({
    data: [{ position: from, at: AT, text: `hit at ${from}`, hit: [0, 3] }],
    to: from + 10,
    total: 20,
    nextFrom,
  })
  const answers = (status: number, body: object, headers: Record<string, string> = {}) => ({
    status,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  })
  const limited = answers(
    429,
    { code: 'limited', status: 429, detail: 'more than 1' },
    { 'retry-after': '1' },
  )
  const withServer = async (all: ReturnType<typeof answers>[]) => {
    const listener: RequestListener = (_request, response) => {
      const { status, headers, body } = all.shift() ?? limited
      response.writeHead(status, headers).end(body)
    }
    const server = await startOddServer(listener)
    const env = { HOME: '/dev/null', RUNLEDGER_API_URL: server.url, RUNLEDGER_API_KEY: 'rl_key' }
    const ended = await runCli(['runs', 'logs', UNKNOWN, '--search', 'hit'], { env })
    await server.close()
    return { ...ended, requests: server.requests }
  }

  it('is told at once; later it is waited for, and gone on with where it was', async () => {
    expect(await withServer([limited])).toMatchObject({ code: 4, stdout: '' })
    const { code, stdout, stderr, requests } = await withServer([
      answers(200, page(0, 10)),
      limited,
      answers(200, page(10, null)),
    ])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toBe(`${AT}   0  hit at 0\n${AT}  10  hit at 10\n`)
    expect(requests.map((one) => /from=(\d+)/.exec(one)?.[1])).toEqual(['0', '10', '10'])
  })
})

describe.runIf(hasTerminal)('a search on a terminal', () => {
  let opened: Awaited<ReturnType<typeof local.open>>
  let env: Record<string, string>
  let run: PrintingRun
  beforeAll(async () => {
    opened = await local.open()
    env = { ...(await opened.ledger()).env, TZ: 'Asia/Kolkata' }
    run = await startPrinting(env)
    await run.print('plain\n', AT)
    await run.print(`a \x1b[32mneedle\x1b[0m here\n`, AT)
    for (let n = 0; n < 4; n++) await run.print('hay\n'.repeat(500), LATER)
  })
  afterAll(async () => {
    await run?.close()
    await opened?.close()
  })
  const show = (args: string[], more: Record<string, string> = {}) =>
    onTerminal(['runs', 'logs', run.id, ...args], { env: { ...env, ...more } })

  it('has the local time, and what was looked for stands out', async () => {
    const { raw, said, ended } = show(['--search', 'NEEDLE'])
    expect(await ended).toBe(0)
    expect(said()).toMatch(/^2026-01-02\n08:34:05 +\d+ {2}a needle here\n$/)
    expect(raw()).toContain('a \x1b[1m\x1b[31mneedle\x1b[39m\x1b[22m here')
  })

  it('has no colours with NO_COLOR', async () => {
    const { raw, said, ended } = show(['--search', 'needle'], { NO_COLOR: '1' })
    expect(await ended).toBe(0)
    expect(raw().replaceAll('\r\n', '\n')).toBe(said())
  })

  it('says how far it is while it goes on, and that nothing was found', async () => {
    const long = show(['--search', 'hay'])
    expect(await long.ended).toBe(0)
    expect(long.raw()).toMatch(/ % {2}searching {2}\d+ kB of \d+ kB/)
    const none = show(['--search', 'nowhere'])
    expect(await none.ended).toBe(1)
    expect(none.said()).toMatch(/No line of its log \(\d+ kB\) has that\./)
  })
})
