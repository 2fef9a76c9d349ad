import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, stat } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { freePort } from '../../lib/runtime/postgres-server/free-port.ts'
import { ROOT, runCli, startProcess } from '../support/cli.ts'
import { createDatabase, createEmptyDatabase } from '../support/database.ts'
import { ADMIN_KEY } from '../support/server.ts'
import { enqueueOne, postgresOn, useServers } from './servers.ts'

const { folder, start } = useServers()
const isRoot = process.getuid?.() === 0
/** Not so for a checkout below root's home, say. */
const nobodyMayEnter =
  isRoot &&
  spawnSync(process.execPath, ['--check', import.meta.filename], { uid: 65534, cwd: '/' }).status === 0

describe('a start on an empty folder', () => {
  it('says once that it is ready, where, with which key, and what to type next', async () => {
    const data = await folder()
    const server = await start(data)
    const key = (await readFile(join(data, 'admin-key'), 'utf8')).trim()
    expect(key).toMatch(/^rl_\w{26}_[\w-]{32}$/)
    const block = server.cli.stdout().slice(0, server.cli.stdout().lastIndexOf('\n\n'))
    expect(block.split('\n')).toEqual([
      '',
      `Runledger is ready on ${server.url}   (docs: ${server.url}/docs, database: Postgres in ${data}/postgres)`,
      `  dashboard: ${server.url}/admin`,
      `  admin key: ${key}   (kept in ${data}/admin-key)`,
      '  next, in another terminal:',
      `    export RUNLEDGER_API_URL=${server.url} RUNLEDGER_API_KEY=${key}`,
      '    npx runledger exec --kind hello -- echo "hello, ledger"',
    ])
    expect(server.cli.stderr()).toBe('')
  })

  it('prints a next step that works when it is pasted into a shell', async () => {
    const server = await start(await folder())
    const [, next = ''] = /next, in another terminal:\n((?: {4}.+\n)+)/.exec(server.cli.stdout()) ?? []
    const env = { HOME: await folder(), npm_config_update_notifier: 'false' }
    const shell = await startProcess('sh', ['-c', next], { cwd: ROOT, env }).ended
    expect(shell).toMatchObject({ code: 0, stdout: 'hello, ledger\n', stderr: '' })
    const { body } = await server.api.get<{ data: object[] }>('/v1/runs?kind=hello')
    expect(body.data).toEqual([expect.objectContaining({ state: 'succeeded', exitCode: 0 })])
  })

  it('keeps its key, its password and its secret to its owner', async () => {
    const data = await folder()
    await start(data)
    // As root, Postgres runs as nobody, who passes through.
    const mode = isRoot ? '711' : '700'
    const modeOf = async (...names: string[]) => ((await stat(join(data, ...names))).mode & 0o777).toString(8)
    expect(await modeOf()).toBe(mode)
    const kept = ['admin-key', 'database-password', 'secret']
    for (const name of kept) expect([name, await modeOf(name)]).toEqual([name, '600'])
    expect((await readdir(data)).toSorted()).toEqual([...kept, 'postgres'].toSorted())
  })

  it.runIf(nobodyMayEnter)('by root has its database run by nobody, without a user namespace', async () => {
    const data = await folder()
    await start(data)
    const [postmaster] = await postgresOn(data)
    expect((await stat(`/proc/${postmaster}`)).uid).toBe(65534)
  })

  it('keeps neither where both are given, and takes the given key', async () => {
    const data = await folder()
    const env = { RUNLEDGER_ADMIN_KEY: ADMIN_KEY, RUNLEDGER_SECRET: 's'.repeat(32) }
    const server = await start(data, env)
    expect((await readdir(data)).toSorted()).toEqual(['database-password', 'postgres'])
    expect(server.cli.stdout()).not.toContain(ADMIN_KEY)
    expect((await server.api.get('/v1/runs')).status).toBe(200)
  })
})

describe('a start with DATABASE_URL', () => {
  it('migrates that database, uses it, and brings none', async () => {
    const [data, database] = [await folder(), await createEmptyDatabase()]
    const server = await start(data, { DATABASE_URL: database.url })
    const id = await enqueueOne(server)
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    expect((await client.query('SELECT id FROM runs')).rows).toEqual([{ id }])
    await client.end()
    expect((await readdir(data)).toSorted()).toEqual(['admin-key', 'secret'])
    await server.stop()
    await database.drop()
  })

  it('that nobody answers at ends with 5 and says so', async () => {
    const env = {
      DATABASE_URL: `postgres://me@127.0.0.1:${await freePort()}/db`,
      RUNLEDGER_DATA_DIR: await folder(),
    }
    const { code, stdout, stderr } = await runCli(['serve'], { env })
    expect([code, stdout]).toEqual([5, ''])
    expect(stderr).toBe('runledger: the database cannot be reached right now; try again in a few seconds\n')
  })
})

describe('a port that is taken', () => {
  it('is told, with a way out, and leaves no database running', async () => {
    const data = await folder()
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const env = { RUNLEDGER_DATA_DIR: data, PORT: String(port) }
    const { code, stdout, stderr } = await runCli(['serve'], { env })
    other.close()
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toBe(
      `runledger: port ${port} of 127.0.0.1 is taken: stop what listens there, or choose another by PORT or --port\n`,
    )
    expect(await postgresOn(data)).toEqual([])
  })

  it('by PORT is another by --port', async () => {
    const database = await createDatabase()
    const env = { RUNLEDGER_DATA_DIR: await folder(), DATABASE_URL: database.url, PORT: '1' }
    const {
      says,
      process: server,
      ended,
    } = startProcess(process.execPath, [join(ROOT, 'lib/cli/runledger.js'), 'serve', '--port', '0'], { env })
    await says(/Runledger is ready on http:\/\/127\.0\.0\.1:\d{4,5} /)
    server.kill('SIGINT')
    expect((await ended).code).toBe(0)
    await database.drop()
  })
})

describe('a folder in use', () => {
  it('is told to the second who starts there, quickly, and the first goes on', async () => {
    const data = await folder()
    const first = await start(data)
    const id = await enqueueOne(first)
    const began = performance.now()
    const second = await runCli(['serve'], { env: { RUNLEDGER_DATA_DIR: data, PORT: '0' } })
    expect(performance.now() - began).toBeLessThan(8_000)
    expect([second.code, second.stdout]).toEqual([1, ''])
    expect(second.stderr).toMatch(
      new RegExp(
        `^runledger: the database in ${data}/postgres is in use: process ${first.cli.pid} started it`,
      ),
    )
    expect((await first.api.get(`/v1/runs/${id}`)).status).toBe(200)
  })

  it('until a kill -9 is free for the next start, with the same key and the runs there', async () => {
    const data = await folder()
    const first = await start(data)
    const id = await enqueueOne(first)
    first.cli.process.kill('SIGKILL')
    await first.cli.ended
    const second = await start(data)
    expect(second.env.RUNLEDGER_API_KEY).toBe(first.env.RUNLEDGER_API_KEY)
    expect((await second.api.get(`/v1/runs/${id}`)).body).toMatchObject({ id, state: 'queued' })
    expect(await postgresOn(data)).toHaveLength(1)
  })
})
