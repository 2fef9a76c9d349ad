import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { readProcess } from '../../lib/runtime/postgres-server/process-info.ts'
import { ask, isLinux, isRoot, nobody, PostgresPlace } from './support/postgres-place.ts'

const here = PostgresPlace.use()

describe('after a crash', () => {
  it('recovers what was committed before a kill -9 of the server', async () => {
    await here.copySeed()
    const first = await here.start({ durable: true })
    await ask(first.url, 'create table kept as select generate_series(1, 1000) as n')
    process.kill(first.pid, 'SIGKILL')
    await first.exited
    const second = await here.start({ durable: true })
    expect(await ask(second.url, 'select count(*)::int from kept')).toEqual([{ count: 1000 }])
  })

  it('starts although a stranger now has the process number of the killed server', async () => {
    await here.copySeed()
    const first = await here.start()
    process.kill(first.pid, 'SIGKILL')
    await first.exited
    const stranger = spawn('sleep', ['60'], isRoot ? nobody : {})
    here.children.push(stranger)
    const file = join(here.dataDir, 'postmaster.pid')
    await writeFile(file, (await readFile(file, 'utf8')).replace(/^\d+/, String(stranger.pid)))
    expect(await ask((await here.start()).url, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  it.runIf(isLinux)('ends with a node that gets a kill -9, and starts again at once', async () => {
    await here.copySeed()
    const { child, pid } = await here.startElsewhere()
    child.kill('SIGKILL')
    const again = await here.start()
    expect(await ask(again.url, 'select * from kept')).toEqual([{ answer: 42 }])
    expect(await readProcess(pid)).toBeUndefined()
    await again.stop()

    const { child: second, pid: secondPid } = await here.startElsewhere()
    second.kill('SIGKILL')
    await expect.poll(() => readProcess(secondPid), { timeout: 10_000 }).toBeUndefined()
  })

  it('ends an orphan where nothing else did, and starts', async () => {
    await here.copySeed()
    const { child, pid } = await here.startElsewhere({ deathSignal: false })
    child.kill('SIGKILL')
    await once(child, 'exit')
    await delay(300)
    expect(await readProcess(pid)).toBeDefined()
    expect(await ask((await here.start()).url, 'select * from kept')).toEqual([{ answer: 42 }])
    expect(await readProcess(pid)).toBeUndefined()
  })

  it('leaves nothing half made when node is killed while the database is being made', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', here.script()], { stdio: 'inherit' })
    here.children.push(child)
    await expect.poll(async () => existsSync(join(await draft(), 'global')), { interval: 2 }).toBe(true)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(existsSync(here.dataDir)).toBe(false)
    expect(await ask((await here.start()).url, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(await readdir(here.folder)).toEqual(['postgres'])
  })

  it('removes what a dead start left half made, and leaves alone what a live one makes', async () => {
    const dead = spawn('true')
    await once(dead, 'exit')
    const live = spawn('sleep', ['60'])
    here.children.push(live)
    await mkdir(join(here.folder, `postgres.init-${dead.pid}-abc`, 'base'), { recursive: true })
    await mkdir(join(here.folder, `postgres.init-${live.pid}-abc`))
    await here.start()
    expect((await readdir(here.folder)).toSorted()).toEqual(['postgres', `postgres.init-${live.pid}-abc`])
  })
})

async function draft(): Promise<string> {
  const name = (await readdir(here.folder)).find((entry) => entry.startsWith('postgres.init-'))
  return join(here.folder, name ?? 'none')
}
