import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ulid } from 'ulid'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createClient } from '../../../lib/client/index.ts'
import type { Run } from '../../../lib/run/run.ts'
import { type CliOptions, runCli } from '../../support/cli.ts'
import { startOddServer } from '../../support/odd-server.ts'
import { useLedgerBothWays, WAYS } from '../support/ledger-both-ways.ts'
import { hasTerminal, onTerminal } from '../support/on-terminal.ts'

// Many commands, each a process of its own.
vi.setConfig({ testTimeout: 180_000 })
const ledger = useLedgerBothWays({ bucket: true })
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runledger-archives-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const LOG = '2026-11-22T10:00:00.000Z out hello\n'
const FILE = Buffer.from('a,b\n'.repeat(1_000))

/** A run with a log and a file; ended, unless told. */
async function runWithFiles({ isEnded = true, hasLog = true } = {}): Promise<string> {
  const { RUNLEDGER_API_URL: url = '', RUNLEDGER_API_KEY: apiKey = '' } = ledger().remote
  const client = createClient({ url, apiKey })
  const id = ulid()
  const { leaseToken } = await client.startRun({ id, kind: 'kept', workerId: 'w', leaseSeconds: 3_600 })
  if (hasLog) await client.appendLog({ id, leaseToken, offset: 0, bytes: Buffer.from(LOG) })
  const output = { id, leaseToken, path: 'reports/a.csv', bytes: FILE.length }
  await client.uploadOutput(output, async function* (start, end) {
    yield FILE.subarray(start, end)
  })
  if (isEnded) await client.succeedRun({ id, leaseToken })
  return id
}

async function goodIn(env: Record<string, string>, args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(args, { env })
  expect([code, stderr]).toEqual([0, ''])
  return stdout
}

const stateOf = async (id: string) => (await ledger().store.runs.get([id]))[0]?.storageState

describe.each(WAYS)('%s', (_, way) => {
  const run = (args: string[], options: CliOptions = {}) => runCli(args, { env: ledger()[way], ...options })
  const good = (...args: string[]) => goodIn(ledger()[way], args)
  /** What is about a machine's own runs, too, reads a server's through the server alone. */
  const seen = (...args: string[]) => goodIn(ledger().remote, args)

  it('runs archive puts a run away, where it can still be read, and runs restore puts it back', async () => {
    const id = await runWithFiles()
    expect(await good('runs', 'archive', id)).toMatch(
      new RegExp(`^Run ${id} is archived: 4\\.\\d kB as one file of \\S+ k?B\\.\\n$`),
    )
    expect(await seen('runs', 'list', '--storage', 'archived', '--q', id)).toMatch(/FILES[\s\S]*archived/)
    expect(await seen('runs', 'list', '--q', id)).toContain('No run is like that')
    expect(await seen('runs', 'status', id)).toMatch(
      /files +1 file, 4\.0 kB; 35 B of log\n +archived +.* in archive\//,
    )
    expect(await seen('runs', 'logs', id)).toBe(LOG)
    await seen('runs', 'outputs', 'get', id, '--to', join(folder, id))
    expect(await readFile(join(folder, id, 'reports/a.csv'))).toEqual(FILE)
    const again = JSON.parse(await good('runs', 'archive', id, '--no-wait', '--json')) as Run
    expect(again).toMatchObject({ id, storageState: 'archived' })
    expect(await good('runs', 'restore', id)).toBe(`Run ${id} is restored: its log and 1 file, 4.0 kB.\n`)
    expect(await seen('runs', 'events', id)).toMatch(/archived, 4\.\d kB as \S+ k?B[\s\S]*restored/)
    expect(JSON.parse(await good('runs', 'restore', id, '--json'))).toMatchObject({ storageState: 'active' })
  })

  it('runs archive --download saves the archive, whole, and overwrites nothing unasked', async () => {
    const id = await runWithFiles()
    const into = join(folder, `${way}-${id}/`)
    const saved = JSON.parse(await good('runs', 'archive', id, '--download', into, '--json'))
    const [name = ''] = await readdir(into)
    expect(name).toMatch(new RegExp(`^\\d{8}_\\d{6}_${id}\\.tar\\.gz$`))
    expect(saved).toEqual({
      id,
      file: join(into, name),
      bytes: expect.any(Number),
      sha256: expect.any(String),
    })
    expect((await run(['verify', join(into, name)])).stdout).toContain(`${id}, kept, succeeded`)
    const bytes = await readFile(join(into, name))
    const other = join(folder, `${way}.tar.gz`)
    await writeFile(other, 'mine')
    const refused = await run(['runs', 'archive', id, '--download', other])
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('--force overwrites it')])
    expect(await readFile(other, 'utf8')).toBe('mine')
    expect(await good('runs', 'archive', id, '--download', other, '--force')).toBe(`${other}\n`)
    expect(await readFile(other)).toEqual(bytes)
  })

  it('runs restore brings back what was deleted softly', async () => {
    const id = await runWithFiles()
    await good('runs', 'archive', id)
    await good('runs', 'delete', id, '--reason', 'a mistake', '--yes')
    expect(await seen('runs', 'status', id)).toMatch(/deleted +.*: a mistake\n +purged +in /)
    expect((await run(['runs', 'archive', id, '--download', folder])).code).toBe(4)
    await good('runs', 'restore', id)
    expect(await stateOf(id)).toBe('active')
    expect(await seen('runs', 'logs', id)).toBe(LOG)
  })

  it('what cannot be archived or restored is refused, and says why', async () => {
    const held = await runWithFiles()
    await good('runs', 'hold', held, '--reason', 'an audit')
    const running = await runWithFiles({ isEnded: false })
    for (const [args, code, words] of [
      [['archive', held], 4, 'it is held; release it first'],
      [['archive', held, '--no-wait'], 4, 'it is held; release it first'],
      [['archive', running], 4, 'it is running'],
      [['restore', held], 4, 'its files are where they were'],
      [['archive', ulid()], 3, 'there is no run'],
      [['restore', 'x'], 2, 'must be a ULID'],
      [['archive', held, '--no-wait', '--download', '.'], 2, 'cannot be used with'],
    ] as const) {
      const ended = await run(['runs', ...args])
      expect([ended.code, ended.stderr]).toEqual([code, expect.stringContaining(words)])
    }
    expect(await stateOf(held)).toBe('active')
  })

  it('runs retain keeps a run for longer, until it says otherwise', async () => {
    const id = await runWithFiles()
    const retained = await good('runs', 'retain', id, '--until', '2099-01-01', '--reason', 'last year')
    expect(retained).toBe(`Run ${id} is kept until 2099-01-01 00:00:00 UTC at least.\n`)
    expect(await good('retention', 'explain', id)).toMatch(/deleted +2099-01-01/)
    expect(await seen('runs', 'status', id)).toMatch(/kept until +2099-01-01/)
    expect(await good('runs', 'retain', id, '--until', 'policies', '--reason', 'no more')).toBe(
      `Run ${id} is kept as long as the policies say.\n`,
    )
    expect(JSON.parse(await seen('runs', 'status', id, '--json'))).toMatchObject({ retainUntil: null })
    const refused = await run(['runs', 'retain', id, '--until', 'tomorrow', '--reason', 'x'])
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('is not an instant')])
  })

  const inOtherHands = async () => {
    // Without a log, which would have to be made one object first.
    const id = await runWithFiles({ hasLog: false })
    const { archives } = ledger().store
    const taken = await archives.take({ id, work: 'archive', leaseSeconds: 3_600, most: 100 })
    if (taken === null || taken === 'busy') throw new Error(`run ${id} cannot be taken`)
    const letGo = () => archives.release(taken.lease, 0)
    return { id, letGo }
  }

  it('runs archive --no-wait leaves what somebody else has in hand', async () => {
    const { id, letGo } = await inOtherHands()
    expect(await good('runs', 'archive', id, '--no-wait')).toBe(
      `Run ${id} is being archived; it goes on by itself.\n`,
    )
    await letGo()
  })

  it.runIf(hasTerminal)('runs archive waits for somebody else, shows it, and goes on', async () => {
    const { id, letGo } = await inOtherHands()
    const terminal = onTerminal(['runs', 'archive', id], { env: ledger()[way] })
    await terminal.says(/archiving 4\.\d kB … \d/)
    await letGo()
    expect(await terminal.ended).toBe(0)
    expect(terminal.said()).toMatch(new RegExp(`Run ${id} is archived: `))
  })

  it.runIf(hasTerminal)('Ctrl-C ends the waiting alone, and says how it goes on', async () => {
    const { id, letGo } = await inOtherHands()
    const terminal = onTerminal(['runs', 'archive', id], { env: ledger()[way] })
    await terminal.says(/archiving 4\.\d kB … \d/)
    terminal.type('\x03')
    expect(await terminal.ended).toBe(130)
    expect(terminal.said()).toContain(`what has begun goes on by itself: runledger retention explain ${id}`)
    expect(await stateOf(id)).toBe('archiving')
    await letGo()
  })
})

describe('while a run is archived', () => {
  const ID = '01KBQK6M3V8Z5W0X2Y4A6C8E9G'
  const about = (storageState: string) => ({
    id: ID,
    storageState,
    outputBytes: 1_000,
    logBytes: 0,
    archiveBytes: 10,
  })
  const problem = (status: number, code: string, detail = 'so it is') => ({ status, code, detail })

  async function answeredBy(parts: [status: number, body: object][]) {
    const server = await startOddServer((_, response) => {
      const [status, body] = parts.shift() ?? [500, {}]
      response.setHeader('retry-after', '0').setHeader('content-type', 'application/json')
      response.writeHead(status).end(JSON.stringify(body))
    })
    const ended = await runCli(['runs', 'archive', ID], {
      env: { RUNLEDGER_API_URL: server.url, RUNLEDGER_API_KEY: 'any' },
    })
    await server.close()
    return { ...ended, requests: server.requests }
  }

  it('a server that slows down, goes away, or leaves it to somebody else is waited for', async () => {
    const { code, stdout, stderr, requests } = await answeredBy([
      [429, problem(429, 'limited')],
      [202, about('archiving')],
      [503, {}],
      [409, problem(409, 'conflict')],
      [200, about('archiving')],
      [200, about('archived')],
    ])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain(`Run ${ID} is archived: 1.0 kB as one file of 10 B.`)
    expect(requests.filter((one) => one.startsWith('GET'))).toEqual([`GET /v1/runs/${ID}`])
  })

  it('what was given up meanwhile ends it, with the reason', async () => {
    const { code, stderr } = await answeredBy([
      [202, about('archiving')],
      [409, problem(409, 'conflict', 'it is held by now')],
      [200, about('active')],
    ])
    expect([code, stderr]).toEqual([4, 'runledger: it is held by now\n'])
  })

  it('a server that is away from the first is not waited for', async () => {
    const { code, requests } = await answeredBy([[503, {}]])
    expect([code, requests.length]).toEqual([5, 1])
  })
})
