import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RunOutput } from '../../../lib/run/run-output.ts'
import { makeHome, runCli } from '../../support/cli.ts'
import { local, type Place, remote } from '../../support/ledgers.ts'
import { hasTerminal, onTerminal } from '../support/on-terminal.ts'
import { type PrintingRun, startPrinting } from '../support/printing-run.ts'

const UNKNOWN = '01KBQK6M3V8Z5W0X2Y4A6C8E9G'
const MIB = 1024 * 1024
const LONG_MS = 120_000

describe.each([remote, local])('runs outputs $name', (place: Place) => {
  let opened: Awaited<ReturnType<Place['open']>>
  let env: Record<string, string>
  beforeAll(async () => {
    opened = await place.open()
    env = (await opened.ledger()).env
  })
  afterAll(() => opened?.close())

  let run: PrintingRun
  let folder: Awaited<ReturnType<typeof makeHome>>
  beforeEach(async () => {
    ;[run, folder] = await Promise.all([startPrinting(env), makeHome()])
  })
  afterEach(async () => {
    await Promise.all([run?.close(), folder?.remove()])
  })
  const outputs = (...args: string[]) =>
    runCli(['runs', 'outputs', ...args], {
      env: { ...env, RUNLEDGER_LEASE_TOKEN: run.leaseToken },
      cwd: folder.path,
    })
  const at = (...path: string[]) => join(folder.path, ...path)
  /** A file of the run. */
  const put = async (path: string, text: string) => {
    const bytes = Buffer.from(text)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const { id, leaseToken, verbs } = run
    await verbs.uploadOutput(
      { id, leaseToken, path, bytes: bytes.length, sha256 },
      async function* (start, end) {
        yield bytes.subarray(start, end)
      },
    )
  }
  const names = async (...path: string[]) => (await readdir(at(...path), { recursive: true })).sort()

  it('put, ls and get: files go in and come out as they are', async () => {
    await put('a.csv', 'a,b\n')
    await put('empty', '')
    await writeFile(at('draft'), 'ö')
    const path = 'reports/2026/株式会社 100%.txt'
    expect(await outputs('put', run.id, 'draft', '--as', path)).toMatchObject({
      code: 0,
      stderr: '',
      stdout: `${path}\n`,
    })
    const { stdout } = await outputs('ls', run.id)
    expect(stdout).toMatch(
      /^PATH +SIZE {2}TYPE +WHEN\na\.csv +4 B {2}application\/octet-stream {2}(just now|\d+ s ago)\nempty +0 B .*\nreports\/2026\/株式会社 100%\.txt +2 B /,
    )
    const got = await outputs('get', run.id, '--to', 'x/y')
    expect(got).toMatchObject({
      code: 0,
      stderr: '',
      stdout: 'x/y/a.csv\nx/y/empty\nx/y/reports/2026/株式会社 100%.txt\n',
    })
    expect(await readFile(at('x/y/reports/2026/株式会社 100%.txt'), 'utf8')).toBe('ö')
    expect(await names('x/y')).toEqual([
      'a.csv',
      'empty',
      'reports',
      'reports/2026',
      'reports/2026/株式会社 100%.txt',
    ])
    expect((await outputs('get', run.id, 'a.csv')).stdout).toBe('a.csv\n')
  })

  it('as JSON are the ledger’s own', async () => {
    await put('a', '1')
    await put('b', '2')
    const listed = JSON.parse((await outputs('ls', run.id, '--json')).stdout) as RunOutput[]
    expect(listed).toEqual((await run.verbs.listOutputs({ id: run.id })).data)
    const lines = (await outputs('ls', run.id, '--ndjson', '--limit', '1')).stdout
    expect(JSON.parse(lines)).toEqual(listed[0])
    const got = JSON.parse((await outputs('get', run.id, 'b', '--json')).stdout)
    expect(got).toEqual([{ ...listed[1], file: 'b' }])
    await writeFile(at('c'), '3')
    const added = JSON.parse((await outputs('put', run.id, 'c', '--type', 'text/csv', '--json')).stdout)
    expect(added).toMatchObject({ path: 'c', bytes: 1, contentType: 'text/csv' })
  })

  it('overwrite nothing without --force, and look before the first', async () => {
    await put('a', 'new')
    await put('b', 'new')
    await writeFile(at('b'), 'old')
    expect(await outputs('get', run.id)).toMatchObject({
      code: 4,
      stdout: '',
      stderr: 'runledger: b is there already; --force overwrites it\n',
    })
    expect(await names()).toEqual(['b'])
    expect((await outputs('get', run.id, '--force')).stdout).toBe('a\nb\n')
    expect(await readFile(at('b'), 'utf8')).toBe('new')
    expect(await names()).toEqual(['a', 'b'])
  })

  it('leave the folder through no link, and a link is not written through', async () => {
    await put('out/a', 'text')
    await put('b', 'text')
    await mkdir(at('to'))
    await mkdir(at('elsewhere'))
    await symlink(at('elsewhere'), at('to/out'))
    await writeFile(at('elsewhere/b'), 'kept')
    await symlink(at('elsewhere/b'), at('to/b'))
    expect(await outputs('get', run.id, 'out/a', '--to', 'to', '--force')).toMatchObject({
      code: 4,
      stderr: 'runledger: to/out is no folder, or a link to one: nothing is saved through it\n',
    })
    expect((await outputs('get', run.id, 'b', '--to', 'to')).code).toBe(4)
    expect((await outputs('get', run.id, 'b', '--to', 'to', '--force')).code).toBe(0)
    expect(await readFile(at('elsewhere/b'), 'utf8')).toBe('kept')
    expect(await names('elsewhere')).toEqual(['b'])
  })

  it('where a file stands in the way of a folder, or the other way, say so', async () => {
    await put('a', 'file')
    await put('a/b', 'below it')
    expect(await outputs('get', run.id, '--to', 'x')).toMatchObject({
      code: 4,
      stderr: 'runledger: x/a is no folder, or a link to one: nothing is saved through it\n',
    })
    expect(await readFile(at('x/a'), 'utf8')).toBe('file')
    await mkdir(at('y/a'), { recursive: true })
    expect((await outputs('get', run.id, 'a', '--to', 'y', '--force')).code).toBe(2)
    expect(await names('y')).toEqual(['a'])
  })

  it('end with 3 for what is not there', async () => {
    await put('a', '1')
    expect(await outputs('get', run.id, 'a', 'b', '--to', 'x')).toMatchObject({
      code: 3,
      stdout: '',
      stderr: `runledger: run ${run.id} has no output b; see runledger runs outputs ls ${run.id}\n`,
    })
    for (const command of ['ls', 'get'])
      expect(await outputs(command, UNKNOWN)).toMatchObject({
        code: 3,
        stderr: `runledger: there is no run ${UNKNOWN}\n`,
      })
  })

  it('of a run that has none: says so, or is an empty list', async () => {
    expect(await outputs('ls', run.id)).toMatchObject({
      code: 0,
      stdout: `Run ${run.id} has produced no files.\n`,
    })
    expect((await outputs('ls', run.id, '--json')).stdout).toBe('[]\n')
    expect(await outputs('get', run.id)).toMatchObject({ code: 0, stdout: '' })
  })

  it('put is refused to whoever does not hold the run, and for what is no file', async () => {
    await writeFile(at('a'), '1')
    const without = await runCli(['runs', 'outputs', 'put', run.id, at('a')], { env })
    expect([without.code, without.stderr]).toEqual([2, expect.stringContaining('RUNLEDGER_LEASE_TOKEN')])
    expect((await outputs('put', run.id, 'a', '--lease-token', 'x')).code).not.toBe(0)
    expect(await outputs('put', run.id, 'none')).toMatchObject({
      code: 2,
      stderr: 'runledger: none cannot be read: there is no such file\n',
    })
    expect((await outputs('put', run.id, '.')).stderr).toBe('runledger: . is no file\n')
    for (const path of ['../a', '/a', 'a//b', 'a\u202eb'])
      expect((await outputs('put', run.id, 'a', '--as', path)).code).toBe(2)
    await run.end()
    expect((await outputs('put', run.id, 'a')).code).toBe(4)
  })

  it('put again is recorded once, and another file by that name is refused', async () => {
    await put('a', '1')
    await writeFile(at('a'), '1')
    expect((await outputs('put', run.id, 'a')).code).toBe(0)
    await writeFile(at('other'), '2')
    expect((await outputs('put', run.id, 'other', '--as', 'a')).code).toBe(4)
    expect((await run.verbs.listOutputs({ id: run.id })).data).toHaveLength(1)
  })

  it(
    'of 150 MB pass in little memory',
    async () => {
      const file = await open(at('large'), 'w')
      await file.truncate(150 * MIB)
      await file.write('the end')
      await file.close()
      const memoryOf = async (...args: string[]) => {
        const more = {
          NODE_OPTIONS: `--import ${join(import.meta.dirname, '../support/note-memory.mjs')}`,
          MEMORY_FILE: at('memory'),
          RUNLEDGER_LEASE_TOKEN: run.leaseToken,
        }
        const ended = await runCli(['runs', 'outputs', ...args], {
          env: { ...env, ...more },
          cwd: folder.path,
        })
        expect(ended).toMatchObject({ code: 0, stderr: '' })
        return Number(await readFile(at('memory'), 'utf8')) * 1024
      }
      const least = await memoryOf('ls', run.id)
      expect((await memoryOf('put', run.id, 'large')) - least).toBeLessThan(110 * MIB)
      expect((await memoryOf('get', run.id, '--to', 'x')) - least).toBeLessThan(110 * MIB)
      const saved = await readFile(at('x/large'))
      expect(saved.equals(await readFile(at('large')))).toBe(true)
    },
    LONG_MS,
  )

  it.runIf(hasTerminal)('on a terminal show how far they are, and take that back', async () => {
    await put('a', 'x'.repeat(3 * MIB))
    const terminal = onTerminal(['runs', 'outputs', 'get', run.id, '--to', at('x')], { env, columns: 70 })
    expect(await terminal.ended).toBe(0)
    expect(terminal.said()).toMatch(/▕█{24}▏100 % {2}3\.1 MB of 3\.1 MB {2}a/)
    expect(terminal.said()).toMatch(/\/x\/a\n1 file, 3\.1 MB\n$/)
    const lines = terminal.said().split(/[\n\r]/)
    for (const line of lines.filter((one) => one.startsWith('▕'))) expect(line.length).toBeLessThan(70)
  })

  it.runIf(hasTerminal)('on a terminal tell what to type for the next page', async () => {
    for (const path of ['a', 'b', 'c']) await put(path, path)
    const first = onTerminal(['runs', 'outputs', 'ls', run.id, '--limit', '2'], { env, columns: 200 })
    expect(await first.ended).toBe(0)
    const [, next = ''] = /There are more: runledger runs outputs (.*)/.exec(first.said()) ?? []
    const { stdout } = await outputs(...next.split(' '), '--json')
    expect((JSON.parse(stdout) as RunOutput[]).map(({ path }) => path)).toEqual(['c'])
  })
})
