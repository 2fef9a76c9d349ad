import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../lib/runtime/postgres-server/free-port.ts'
import { makeHome, runCli, startCli } from '../support/cli.ts'
import { local, type Place, remote } from '../support/ledgers.ts'
import { unique } from '../support/make.ts'
import { startServerWithDatabase } from '../support/server.ts'

const LINES = 'seq 1 200000'

describe.each([remote, local])('flush, $name', (place: Place) => {
  let opened: Awaited<ReturnType<Place['open']>>
  beforeAll(async () => {
    opened = await place.open()
  })
  afterAll(() => opened?.close())

  it('with nothing to send says so', async () => {
    const { env } = await opened.ledger()
    const nothing = { delivered: [], waiting: [], lost: [], refused: [] }
    expect(await runCli(['flush'], { env })).toMatchObject({ code: 0, stdout: 'Nothing waits to be sent.\n' })
    const { code, stdout } = await runCli(['flush', '--json'], { env })
    expect([code, JSON.parse(stdout)]).toEqual([0, nothing])
  })

  it('leaves a command that still runs alone', async () => {
    const { env } = await opened.ledger()
    const cli = startCli(['exec', '--kind', 'living', '--', 'sh', '-c', 'echo on; exec sleep 60'], { env })
    await cli.says(/on/)
    expect(await runCli(['flush'], { env })).toMatchObject({ code: 0, stdout: 'Nothing waits to be sent.\n' })
    cli.process.kill('SIGTERM')
    expect((await cli.ended).code).toBe(143)
  })
})

describe('flush, after a server was away', () => {
  let server: Awaited<ReturnType<typeof startServerWithDatabase>>
  const homes: Awaited<ReturnType<typeof makeHome>>[] = []
  beforeAll(async () => {
    server = await startServerWithDatabase()
  })
  afterAll(async () => {
    await server?.close()
    await Promise.all(homes.map((home) => home.remove()))
  })

  /** A run that could not be sent, because nobody listened at the address that now leads to the server. */
  async function leave(script: string, ...options: string[]) {
    const home = await makeHome()
    homes.push(home)
    const kind = unique('away')
    const away = {
      HOME: home.path,
      RUNLEDGER_HOME: home.path,
      RUNLEDGER_API_KEY: server.env.RUNLEDGER_API_KEY,
    }
    const url = `http://127.0.0.1:${await freePort()}`
    const exec = await runCli(['exec', '--kind', kind, ...options, '--', 'sh', '-c', script], {
      env: { ...away, RUNLEDGER_API_URL: url },
    })
    const spool = join(home.path, 'spool')
    const ids = (await readdir(spool)).filter((name) => /^\w{26}$/.test(name))
    const lead = async () => {
      for (const id of ids) {
        const file = join(spool, id, 'run.json')
        await writeFile(file, (await readFile(file, 'utf8')).replace(url, server.url))
      }
    }
    return {
      exec,
      home: home.path,
      env: { ...away, ...server.env },
      away: { ...away, RUNLEDGER_API_URL: url },
      id: ids[0] ?? '',
      lead,
    }
  }
  const raw = async (id: string, env: Record<string, string>) =>
    (await runCli(['runs', 'logs', id, '--raw'], { env })).stdout
  const read = async (id: string) => (await server.api.get(`/v1/runs/${id}`)).body

  it('sends the run with its log and its end, as one line and as JSON', async () => {
    const { exec, env, id, lead } = await leave('echo hello; exit 3')
    expect(exec).toMatchObject({ code: 3, stdout: 'hello\n' })
    expect(exec.stderr).toMatch(/is not in the ledger yet: cannot reach .+; send it with: runledger flush\n$/)
    await lead()
    const flushed = await runCli(['flush'], { env })
    expect(flushed).toMatchObject({ code: 0, stderr: '', stdout: `${id}  delivered  61 B of log\n` })
    expect(await raw(id, env)).toBe('hello\n')
    expect(await read(id)).toMatchObject({ state: 'failed', exitCode: 3 })
    const other = await leave('echo again')
    await other.lead()
    const { stdout } = await runCli(['flush', '--json'], { env: other.env })
    expect(JSON.parse(stdout)).toEqual({
      delivered: [{ id: other.id, bytes: 61 }],
      waiting: [],
      lost: [],
      refused: [],
    })
  })

  it('is done by the next exec as well, without a word', async () => {
    const { env, id, lead } = await leave('echo hello')
    await lead()
    const next = await runCli(['exec', '--kind', 'next', '--', 'echo', 'next'], { env })
    expect(next).toMatchObject({ code: 0, stdout: 'next\n', stderr: '' })
    expect(await read(id)).toMatchObject({ state: 'succeeded' })
    expect(await raw(id, env)).toBe('hello\n')
  })

  it('twice at once sends it once', async () => {
    const { exec, env, id, lead } = await leave(LINES)
    await lead()
    const both = await Promise.all([runCli(['flush'], { env }), runCli(['flush'], { env })])
    expect(both.map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ''],
      [0, ''],
    ])
    expect(both.filter(({ stdout }) => stdout.startsWith(`${id}  delivered`))).toHaveLength(1)
    expect(await raw(id, env)).toBe(exec.stdout)
  })

  it('ends with 5 where it is still away, and keeps the run', async () => {
    const { away, env, id, lead } = await leave('echo hello')
    const { code, stdout } = await runCli(['flush'], { env: away })
    expect(code).toBe(5)
    expect(stdout).toMatch(new RegExp(`^${id}  waiting  cannot reach .+\n$`))
    await lead()
    expect((await runCli(['flush'], { env })).code).toBe(0)
  })

  it('ends with 4 where the key is refused, and keeps the run', async () => {
    const { env, id, lead } = await leave('echo hello')
    await lead()
    const { code, stdout } = await runCli(['flush'], { env: { ...env, RUNLEDGER_API_KEY: 'wrong' } })
    expect([code, stdout]).toEqual([4, expect.stringContaining(`${id}  waiting  the key is not known`)])
    expect((await runCli(['flush'], { env })).code).toBe(0)
  })

  it('ends with 1 where the run is refused, and says where it is kept; doctor names it', async () => {
    const { env, home, id, lead } = await leave('echo hello', '--name', 'two\nlines')
    const doctor = async () => (await runCli(['doctor'], { env })).stdout
    expect(await doctor()).toContain('1 run is not in the ledger yet')
    await lead()
    const { code, stdout } = await runCli(['flush'], { env })
    const kept = join(home, 'spool', 'refused', id)
    expect(code).toBe(1)
    expect(stdout).toMatch(new RegExp(`^${id}  refused  .*name.*; what it printed is in ${kept}\n$`))
    expect(await readFile(join(kept, 'log'), 'utf8')).toContain('hello')
    expect(await doctor()).toContain('1 run is refused by the ledger')
    expect((await runCli(['flush'], { env })).code).toBe(0)
  })
})
