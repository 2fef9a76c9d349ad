import { type ChildProcess, execFile, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type EmbeddedPostgresOptions, startEmbeddedPostgres } from '../../lib/runtime/embedded-postgres.ts'
import { findPackage } from '../../lib/runtime/postgres-server/find-postgres.ts'
import { readProcess } from '../../lib/runtime/postgres-server/process-info.ts'
import { makeTemporaryFolder } from '../support/temporary-folder.ts'

const isRoot = process.getuid?.() === 0
const isLinux = process.platform === 'linux'
const nobody = { uid: 65534, gid: 65534 }
/** Not so for a checkout below root's home, say. */
const nobodyMayEnter =
  isRoot &&
  spawnSync(process.execPath, ['--check', import.meta.filename], { ...nobody, cwd: '/' }).status === 0

let seed: string
let folder: string
/** Closed to others, and on a disk that programs may run from. */
let onDisk: string
let dataDir: string
let running: { stop(mode: 'immediate'): Promise<void> }[]
let children: ChildProcess[]

beforeAll(async () => {
  seed = await makeTemporaryFolder()
  await (await startEmbeddedPostgres({ dataDir: join(seed, 'postgres'), durable: false })).stop()
})

afterAll(() => rm(seed, { recursive: true, force: true }))

beforeEach(async () => {
  folder = await makeTemporaryFolder()
  onDisk = await mkdtemp(join(tmpdir(), 'runledger-embedded-'))
  dataDir = join(folder, 'postgres')
  running = []
  children = []
})

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  await Promise.all(running.map((server) => server.stop('immediate')))
  for (const path of [folder, onDisk]) await rm(path, { recursive: true, force: true, maxRetries: 20 })
})

describe('starting', () => {
  it('makes a database in a new folder and answers', async () => {
    const server = await start({ dataDir: join(folder, 'not', 'yet', 'there'), durable: true })
    expect(await ask(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  it('keeps what was written, from one start to the next', async () => {
    await copySeed()
    const first = await start()
    await ask(first.url, 'create table kept as select 42 as answer')
    await first.stop()
    await first.exited
    expect(await ask((await start()).url, 'select * from kept')).toEqual([{ answer: 42 }])
  })

  it('is durable unless told otherwise', async () => {
    await copySeed()
    const durable = await start({ durable: true })
    expect(await ask(durable.url, 'show fsync')).toEqual([{ fsync: 'on' }])
    await durable.stop()
    const fast = await start({ maxConnections: 7 })
    expect(await ask(fast.url, 'show fsync')).toEqual([{ fsync: 'off' }])
    expect(await ask(fast.url, 'show max_connections')).toEqual([{ max_connections: '7' }])
  })

  it('stops although a client is connected, and may be stopped twice', async () => {
    await copySeed()
    const server = await start()
    const client = new pg.Client({ connectionString: server.url })
    client.on('error', () => {})
    await client.connect()
    await Promise.all([server.stop(), server.stop()])
    await server.stop()
    await expect(ask(server.url, 'select 1')).rejects.toThrow('ECONNREFUSED')
  })

  it('asks for the password it was made with, and leaves it in no file', async () => {
    const server = await start({ password: 'p@ss/word' })
    expect(await ask(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
    const without = `postgres://postgres:wrong@127.0.0.1:${server.port}/postgres`
    await expect(ask(without, 'select 1')).rejects.toThrow('password authentication failed')
    expect(await readdir(folder)).toEqual(['postgres'])
  })

  it('hands its log to whoever asks', async () => {
    const lines: string[] = []
    await start({ log: (line) => lines.push(line) })
    expect(lines[0]).toBe(`created a database in ${dataDir}`)
    expect(lines.join('\n')).toContain('ready to accept connections')
  })
})

describe('after a crash', () => {
  it('recovers what was committed before a kill -9 of the server', async () => {
    await copySeed()
    const first = await start({ durable: true })
    await ask(first.url, 'create table kept as select generate_series(1, 1000) as n')
    process.kill(first.pid, 'SIGKILL')
    await first.exited
    const second = await start({ durable: true })
    expect(await ask(second.url, 'select count(*)::int from kept')).toEqual([{ count: 1000 }])
  })

  it('starts although a stranger now has the process number of the killed server', async () => {
    await copySeed()
    const first = await start()
    process.kill(first.pid, 'SIGKILL')
    await first.exited
    const stranger = spawn('sleep', ['60'], isRoot ? nobody : {})
    children.push(stranger)
    const file = join(dataDir, 'postmaster.pid')
    await writeFile(file, (await readFile(file, 'utf8')).replace(/^\d+/, String(stranger.pid)))
    expect(await ask((await start()).url, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  it.runIf(isLinux)('ends with a node that gets a kill -9, and starts again at once', async () => {
    await copySeed()
    const { child, pid } = await startElsewhere()
    child.kill('SIGKILL')
    const again = await start()
    expect(await ask(again.url, 'select * from kept')).toEqual([{ answer: 42 }])
    expect(await readProcess(pid)).toBeUndefined()
    await again.stop()

    const { child: second, pid: secondPid } = await startElsewhere()
    second.kill('SIGKILL')
    await expect.poll(() => readProcess(secondPid), { timeout: 10_000 }).toBeUndefined()
  })

  it('ends an orphan where nothing else did, and starts', async () => {
    await copySeed()
    const { child, pid } = await startElsewhere({ deathSignal: false })
    child.kill('SIGKILL')
    await once(child, 'exit')
    await delay(300)
    expect(await readProcess(pid)).toBeDefined()
    expect(await ask((await start()).url, 'select * from kept')).toEqual([{ answer: 42 }])
    expect(await readProcess(pid)).toBeUndefined()
  })

  it('leaves nothing half made when node is killed while the database is being made', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script()], { stdio: 'inherit' })
    children.push(child)
    await expect.poll(async () => existsSync(join(await draft(), 'global')), { interval: 2 }).toBe(true)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(existsSync(dataDir)).toBe(false)
    expect(await ask((await start()).url, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(await readdir(folder)).toEqual(['postgres'])
  })

  it('removes what a dead start left half made, and leaves alone what a live one makes', async () => {
    const dead = spawn('true')
    await once(dead, 'exit')
    const live = spawn('sleep', ['60'])
    children.push(live)
    await mkdir(join(folder, `postgres.init-${dead.pid}-abc`, 'base'), { recursive: true })
    await mkdir(join(folder, `postgres.init-${live.pid}-abc`))
    await start()
    expect((await readdir(folder)).toSorted()).toEqual(['postgres', `postgres.init-${live.pid}-abc`])
  })
})

describe('users', () => {
  it.runIf(isRoot && isLinux)('runs for root below a folder that nobody else may enter', async () => {
    dataDir = join(onDisk, 'postgres')
    const packageDir = await copyPackage()
    const first = await start({ packageDir })
    await ask(first.url, 'create table kept as select 42 as answer')
    await first.stop()
    expect(await ask((await start({ packageDir })).url, 'select * from kept')).toEqual([{ answer: 42 }])
  })

  it.runIf(isRoot)('keeps its data when others are shut out, or let in, between two starts', async () => {
    await copySeed()
    for (const mode of [0o755, 0o700, 0o755]) {
      await chmod(folder, mode)
      const server = await start()
      await ask(server.url, 'create table if not exists kept as select 42 as answer')
      expect(await ask(server.url, 'select * from kept')).toEqual([{ answer: 42 }])
      await server.stop()
    }
  })

  it.runIf(nobodyMayEnter && isLinux)(
    'runs for a plain user, and later for root on the same folder',
    async () => {
      await chown(folder, nobody.uid, nobody.gid)
      const { child } = await startElsewhere({ user: nobody })
      child.kill('SIGKILL')
      expect(await ask((await start()).url, 'select * from kept')).toEqual([{ answer: 42 }])
    },
  )
})

describe('the binary package', () => {
  it('is made whole where install scripts were blocked, by two starts at once', async () => {
    const packageDir = await copyPackage()
    await removeLinks(packageDir)
    expect(() =>
      execFileSync(join(packageDir, 'native/bin/postgres'), ['--version'], { stdio: 'pipe' }),
    ).toThrow()
    const servers = await Promise.all([
      start({ packageDir }),
      start({ packageDir, dataDir: join(folder, 'other') }),
    ])
    for (const { url } of servers) expect(await ask(url, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  it('names DATABASE_URL as the way out where there is none', () => {
    expect(() => findPackage('sunos', 'sparc')).toThrow(
      /no embedded Postgres for sunos on sparc.*set DATABASE_URL/,
    )
    expect(() => findPackage('win32')).toThrow(/WSL.*set DATABASE_URL/)
  })
})

describe('a folder that cannot be used', () => {
  it('is refused when other files are in it, which stay', async () => {
    await mkdir(dataDir)
    await writeFile(join(dataDir, 'letters.txt'), 'dear')
    await expect(start()).rejects.toThrow(/holds other files and no database/)
    expect(await readdir(dataDir)).toEqual(['letters.txt'])
  })

  it('is refused when it is a file, or below one', async () => {
    await writeFile(dataDir, '')
    await expect(start()).rejects.toThrow(`the data folder ${dataDir} cannot be read`)
    await expect(start({ dataDir: join(dataDir, 'below') })).rejects.toThrow(/cannot be made/)
  })

  it('is refused with the words of Postgres when the database is of another version', async () => {
    await copySeed()
    await (await start()).stop()
    await writeFile(join(dataDir, 'PG_VERSION'), '9.6\n')
    await expect(start()).rejects.toThrow(/initialized by PostgreSQL version 9.6/)
  })

  it('is refused while a live process serves it, which goes on serving', async () => {
    await copySeed()
    const server = await start()
    await expect(start()).rejects.toThrow(`is in use: process ${process.pid} started it`)
    expect(await ask(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  it('is no reason for a given port to be changed when that is taken', async () => {
    await copySeed()
    await copySeed(join(folder, 'other'))
    const { port } = await start()
    await expect(start({ dataDir: join(folder, 'other'), port })).rejects.toThrow(/could not bind/)
  })
})

async function start(options: Partial<EmbeddedPostgresOptions> = {}) {
  const server = await startEmbeddedPostgres({ dataDir, durable: false, ...options })
  running.push(server)
  return server
}

async function ask(url: string, question: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(question)).rows
  } finally {
    await client.end()
  }
}

/** In a process of its own, with a table `kept` written. Without the death signal it is as on a system without setpriv. */
async function startElsewhere({ deathSignal = true, user = {} } = {}) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script(deathSignal)], {
    ...user,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  const { pid, url } = JSON.parse(said.toString()) as { pid: number; url: string }
  await ask(url, 'create table if not exists kept as select 42 as answer')
  return { child, pid }
}

function script(deathSignal = true): string {
  const runtime = new URL('../../lib/runtime/', import.meta.url)
  const options = JSON.stringify({ dataDir, durable: false, port: 0, maxConnections: 20 })
  return `
    import { startEmbeddedPostgres } from '${new URL('embedded-postgres.ts', runtime)}'
    import { chooseLauncher } from '${new URL('postgres-server/choose-launcher.ts', runtime)}'
    import { findPostgres } from '${new URL('postgres-server/find-postgres.ts', runtime)}'
    import { freePort } from '${new URL('postgres-server/free-port.ts', runtime)}'
    import { runPostmaster } from '${new URL('postgres-server/run-postmaster.ts', runtime)}'
    const options = { ...${options}, port: await freePort(), log() {} }
    let server = await startEmbeddedPostgres(options)
    if (!${deathSignal}) {
      await server.stop()
      const { postgres: program } = await findPostgres()
      const launcher = await chooseLauncher(program, options.dataDir)
      launcher.prefix = launcher.prefix.join(' ').replace('setpriv --pdeathsig INT --', '').split(' ').filter(Boolean)
      server = await runPostmaster({ ...options, program, launcher })
    }
    console.log(JSON.stringify({ pid: server.pid, url: server.url }))
  `
}

/** A database made before, for tests that are not about making one: six times as fast. */
async function copySeed(to = dataDir): Promise<void> {
  await promisify(execFile)('cp', ['-a', join(seed, 'postgres'), to])
}

async function draft(): Promise<string> {
  const name = (await readdir(folder)).find((entry) => entry.startsWith('postgres.init-'))
  return join(folder, name ?? 'none')
}

async function copyPackage(): Promise<string> {
  const copy = join(onDisk, 'package')
  await cp(findPackage(), copy, { recursive: true, verbatimSymlinks: true })
  return copy
}

async function removeLinks(packageDir: string): Promise<void> {
  const links = JSON.parse(await readFile(join(packageDir, 'native/pg-symlinks.json'), 'utf8')) as {
    target: string
  }[]
  for (const { target } of links) await rm(join(packageDir, target))
}
