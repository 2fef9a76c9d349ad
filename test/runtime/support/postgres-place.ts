import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import {
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '../../../lib/runtime/embedded-postgres.ts'
import { findPackage } from '../../../lib/runtime/postgres-server/find-postgres.ts'
import { makeTemporaryFolder } from '../../support/temporary-folder.ts'

export const isRoot = process.getuid?.() === 0
export const isLinux = process.platform === 'linux'
export const nobody = { uid: 65534, gid: 65534 }
/** Not so for a checkout below root's home, say. */
export const nobodyMayEnter =
  isRoot &&
  spawnSync(process.execPath, ['--check', import.meta.filename], { ...nobody, cwd: '/' }).status === 0

/** Folders of its own for each test of a file, with what was started there; all of it goes with the test. */
export class PostgresPlace {
  folder = ''
  /** Closed to others, and on a disk that programs may run from. */
  onDisk = ''
  dataDir = ''
  children: ChildProcess[] = []
  #running: { stop(mode: 'immediate'): Promise<void> }[] = []
  #seed = ''

  /** To be called once a file, at its top. */
  static use(): PostgresPlace {
    const place = new PostgresPlace()
    beforeAll(() => place.#makeSeed())
    afterAll(() => rm(place.#seed, { recursive: true, force: true }))
    beforeEach(() => place.#open())
    afterEach(() => place.#close())
    return place
  }

  async start(options: Partial<EmbeddedPostgresOptions> = {}) {
    const server = await startEmbeddedPostgres({ dataDir: this.dataDir, durable: false, ...options })
    this.#running.push(server)
    return server
  }

  /** In a process of its own, with a table `kept` written. Without the death signal it is as on a system without setpriv. */
  async startElsewhere({ deathSignal = true, user = {} } = {}) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', this.script(deathSignal)], {
      ...user,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.children.push(child)
    const [said] = (await once(child.stdout, 'data')) as [Buffer]
    const { pid, url } = JSON.parse(said.toString()) as { pid: number; url: string }
    await ask(url, 'create table if not exists kept as select 42 as answer')
    return { child, pid }
  }

  /** What such a process runs. */
  script(deathSignal = true): string {
    const runtime = new URL('../../../lib/runtime/', import.meta.url)
    const options = JSON.stringify({ dataDir: this.dataDir, durable: false, port: 0, maxConnections: 20 })
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
  async copySeed(to = this.dataDir): Promise<void> {
    await promisify(execFile)('cp', ['-a', join(this.#seed, 'postgres'), to])
  }

  async copyPackage(): Promise<string> {
    const copy = join(this.onDisk, 'package')
    await cp(findPackage(), copy, { recursive: true, verbatimSymlinks: true })
    return copy
  }

  async #makeSeed(): Promise<void> {
    this.#seed = await makeTemporaryFolder()
    await (await startEmbeddedPostgres({ dataDir: join(this.#seed, 'postgres'), durable: false })).stop()
  }

  async #open(): Promise<void> {
    this.folder = await makeTemporaryFolder()
    this.onDisk = await mkdtemp(join(tmpdir(), 'runledger-embedded-'))
    this.dataDir = join(this.folder, 'postgres')
    this.children = []
    this.#running = []
  }

  async #close(): Promise<void> {
    for (const child of this.children) child.kill('SIGKILL')
    await Promise.all(this.#running.map((server) => server.stop('immediate')))
    for (const path of [this.folder, this.onDisk])
      await rm(path, { recursive: true, force: true, maxRetries: 20 })
  }
}

export async function ask(url: string, question: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(question)).rows
  } finally {
    await client.end()
  }
}
