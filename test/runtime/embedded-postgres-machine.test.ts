import { execFileSync } from 'node:child_process'
import { chmod, chown, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findPackage } from '../../lib/runtime/postgres-server/find-postgres.ts'
import { ask, isLinux, isRoot, nobody, nobodyMayEnter, PostgresPlace } from './support/postgres-place.ts'

const here = PostgresPlace.use()

describe('users', () => {
  it.runIf(isRoot && isLinux)('runs for root below a folder that nobody else may enter', async () => {
    here.dataDir = join(here.onDisk, 'postgres')
    const packageDir = await here.copyPackage()
    const first = await here.start({ packageDir })
    await ask(first.url, 'create table kept as select 42 as answer')
    await first.stop()
    expect(await ask((await here.start({ packageDir })).url, 'select * from kept')).toEqual([{ answer: 42 }])
  })

  it.runIf(isRoot)('keeps its data when others are shut out, or let in, between two starts', async () => {
    await here.copySeed()
    for (const mode of [0o755, 0o700, 0o755]) {
      await chmod(here.folder, mode)
      const server = await here.start()
      await ask(server.url, 'create table if not exists kept as select 42 as answer')
      expect(await ask(server.url, 'select * from kept')).toEqual([{ answer: 42 }])
      await server.stop()
    }
  })

  it.runIf(nobodyMayEnter && isLinux)(
    'runs for a plain user, and later for root on the same folder',
    async () => {
      await chown(here.folder, nobody.uid, nobody.gid)
      const { child } = await here.startElsewhere({ user: nobody })
      child.kill('SIGKILL')
      expect(await ask((await here.start()).url, 'select * from kept')).toEqual([{ answer: 42 }])
    },
  )
})

describe('the binary package', () => {
  it('is made whole where install scripts were blocked, by two starts at once', async () => {
    const packageDir = await here.copyPackage()
    await removeLinks(packageDir)
    expect(() =>
      execFileSync(join(packageDir, 'native/bin/postgres'), ['--version'], { stdio: 'pipe' }),
    ).toThrow()
    const servers = await Promise.all([
      here.start({ packageDir }),
      here.start({ packageDir, dataDir: join(here.folder, 'other') }),
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

async function removeLinks(packageDir: string): Promise<void> {
  const links = JSON.parse(await readFile(join(packageDir, 'native/pg-symlinks.json'), 'utf8')) as {
    target: string
  }[]
  for (const { target } of links) await rm(join(packageDir, target))
}
