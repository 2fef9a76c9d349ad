import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fromKeyText } from '../../lib/ledger/keys/key-text.ts'
import { openDataFolder } from '../../lib/runtime/data-folder.ts'
import { startProcess } from '../support/cli.ts'

const FIXTURE = join(import.meta.dirname, 'fixtures/open-data-folder.ts')

let parent: string
let path: string
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'runledger-data-'))
  path = join(parent, 'not', 'there')
})
afterEach(() => rm(parent, { recursive: true, force: true, maxRetries: 20 }))

const modeOf = async (file: string) => (await stat(file)).mode & 0o777

describe('a data folder', () => {
  it('is made, for its owner alone', async () => {
    expect((await openDataFolder(path)).path).toBe(path)
    expect(await modeOf(path)).toBe(0o700)
    expect(await readdir(path)).toEqual([])
  })

  it.runIf(process.platform === 'linux')(
    'that cannot be made, because nothing can there, is an error',
    async () => {
      for (const path of ['/proc/nope', '/proc/nope/deeper'])
        await expect(openDataFolder(path)).rejects.toThrow(/ENOENT.*\/proc\/nope/)
    },
  )

  it('may be there before, also as a link, but not as a file', async () => {
    await openDataFolder(path)
    await symlink(path, join(parent, 'link'))
    expect((await openDataFolder(join(parent, 'link', 'below'))).path).toBe(join(parent, 'link', 'below'))
    await writeFile(join(parent, 'file'), '')
    await expect(openDataFolder(join(parent, 'file'))).rejects.toThrow('EEXIST')
    await expect(openDataFolder(join(parent, 'file', 'below'))).rejects.toThrow('ENOTDIR')
  })

  it('keeps a secret and an admin key, each made when it is first asked for, readable by its owner alone', async () => {
    const folder = await openDataFolder(path)
    const secret = await folder.secret()
    expect(secret).toMatch(/^[\w-]{44}$/)
    expect(await readdir(path)).toEqual(['secret'])
    const adminKey = await folder.adminKey()
    expect(fromKeyText(adminKey)).not.toBeNull()
    expect((await readdir(path)).toSorted()).toEqual(['admin-key', 'secret'])
    for (const name of ['secret', 'admin-key']) expect(await modeOf(join(path, name))).toBe(0o600)

    const again = await openDataFolder(path)
    expect([await again.secret(), await again.adminKey()]).toEqual([secret, adminKey])
  })

  it('takes what its owner wrote there, and says of an empty file what to do', async () => {
    await mkdir(path, { recursive: true })
    await writeFile(join(path, 'secret'), 'my own\n')
    await writeFile(join(path, 'admin-key'), '\n')
    const folder = await openDataFolder(path)
    expect(await folder.secret()).toBe('my own')
    await expect(folder.adminKey()).rejects.toThrow(`${path}/admin-key is empty: delete it`)
  })

  it('gives two others two secrets', async () => {
    const [one, two] = await Promise.all([openDataFolder(path), openDataFolder(`${path}-2`)])
    expect(await one.secret()).not.toBe(await two.secret())
  })

  it('gives processes that come at once the same', async () => {
    const started = Array.from({ length: 6 }, () => startProcess(process.execPath, [FIXTURE, path]))
    const ended = await Promise.all(started.map((one) => one.ended))
    expect(ended.map(({ code, stderr }) => [code, stderr])).toEqual(Array(6).fill([0, '']))
    expect(new Set(ended.map(({ stdout }) => stdout)).size).toBe(1)
    expect((await readdir(path)).toSorted()).toEqual(['admin-key', 'secret'])
  })

  it('has whole files or none, whenever a maker is killed', async () => {
    const began = performance.now()
    await startProcess(process.execPath, [FIXTURE, join(parent, 'timed')]).ended
    const tookMs = performance.now() - began
    for (let n = 0; n < 12; n++) {
      const folder = join(parent, String(n))
      const child = spawn(process.execPath, [FIXTURE, folder], { stdio: 'ignore' })
      await delay(tookMs * (0.6 + n * 0.04))
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      for (const name of await readdir(folder).catch(() => []))
        if (name === 'secret' || name === 'admin-key')
          expect(await readFile(join(folder, name), 'utf8')).toMatch(/^[\w-]{44,}\n$/)
      const after = await openDataFolder(folder)
      expect([(await after.secret()).length, fromKeyText(await after.adminKey()) !== null]).toEqual([
        44,
        true,
      ])
    }
  })
})
