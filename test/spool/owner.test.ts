import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { isHeld, takeFolder } from '../../lib/spool/owner.ts'
import { must } from '../contracts/harness.ts'
import { now } from './support/use-spool.ts'

describe('a folder', () => {
  const folders: string[] = []
  afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))))
  async function newFolder() {
    const folder = await mkdtemp(join(tmpdir(), 'runledger-owner-'))
    folders.push(folder)
    return folder
  }

  /** A folder whose owner is like this process but for what is given, and was last heard of so long ago. */
  async function ownedBy(change: object, silentMs = 0) {
    const folder = await newFolder()
    const owner = must(await takeFolder(folder, now))
    owner.stop()
    const file = join(folder, 'owner.1')
    await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), ...change }))
    const heard = new Date(Date.now() - silentMs)
    await utimes(file, heard, heard)
    return folder
  }
  const LONG = 3_600_000

  it('is taken by one of many who ask at once', async () => {
    const folder = await newFolder()
    const taken = await Promise.all(Array.from({ length: 50 }, () => takeFolder(folder, now)))
    expect(taken.filter((owner) => owner !== null)).toHaveLength(1)
    for (const owner of taken) owner?.stop()
  })

  it('whose owner has let go is taken by one of many, also by one of the same process', async () => {
    const folder = await newFolder()
    const first = must(await takeFolder(folder, now))
    expect(await takeFolder(folder, now)).toBeNull()
    expect(await isHeld(folder, now)).toBe(true)
    await first.release()
    expect(await isHeld(folder, now)).toBe(false)
    const taken = await Promise.all(Array.from({ length: 50 }, () => takeFolder(folder, now)))
    expect(taken.filter((owner) => owner !== null)).toHaveLength(1)
    for (const owner of taken) owner?.stop()
  })

  it('that is gone is nobody’s', async () => {
    const folder = await newFolder()
    await rm(folder, { recursive: true })
    expect(await takeFolder(folder, now)).toBeNull()
  })

  it('of a living process is held, however long it has been silent', async () => {
    expect(await isHeld(await ownedBy({}, LONG), now)).toBe(true)
  })

  it.runIf(process.platform === 'linux')('of a process whose pid another has by now is free', async () => {
    expect(await isHeld(await ownedBy({ startedAt: '1' }), now)).toBe(false)
  })

  it('of a process that is gone is free', async () => {
    // Above any pid there is.
    expect(await isHeld(await ownedBy({ pid: 2 ** 30 }), now)).toBe(false)
  })

  it('of before the machine was started anew is free', async () => {
    expect(await isHeld(await ownedBy({ boot: 'another' }), now)).toBe(false)
  })

  it.each([
    ['another container', { processes: 'another' }],
    ['another machine', { boot: 'another', host: 'another' }],
  ])('of %s is held as long as there are signs of life', async (_, change) => {
    expect(await isHeld(await ownedBy(change), now)).toBe(true)
    const folder = await ownedBy(change, LONG)
    expect(await isHeld(folder, now)).toBe(false)
    must(await takeFolder(folder, now)).stop()
    expect(await isHeld(folder, now)).toBe(true)
  })

  it('whose owner cannot be read is held as long as there are signs of life', async () => {
    const folder = await newFolder()
    await writeFile(join(folder, 'owner.1'), '')
    expect(await isHeld(folder, now)).toBe(true)
    const longAgo = new Date(Date.now() - LONG)
    await utimes(join(folder, 'owner.1'), longAgo, longAgo)
    expect(await isHeld(folder, now)).toBe(false)
  })
})
