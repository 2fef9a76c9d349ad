import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, rename, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ObjectStore } from '../../lib/ports/object-store.ts'
import { must } from '../contracts/harness.ts'
import { bodyOf, openTemporary, SOURCE } from './disk-steps.ts'

const KEYS = ['a', 'a/b', 'a/c', 'deep/er/and/deeper', 'long'.padEnd(700, 'x')]
const ROUNDS = 12

let at: Awaited<ReturnType<typeof openTemporary>>
beforeAll(async () => {
  at = await openTemporary()
  await at.store.put(SOURCE, bodyOf(SOURCE), { metadata: { step: SOURCE } })
})
afterAll(() => at.remove())

function start(fixture: string, args: string[]): ChildProcess {
  const script = join(import.meta.dirname, 'fixtures', fixture)
  return spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
}

/**
 * Lets a writer take so many steps, kills it, and gives back what each key may have come to: what the last step that ended
 * left, and what the one that had begun would have left.
 */
async function writeAndKill(
  first: number,
  steps: number,
  before: Map<string, string>,
): Promise<Map<string, string[]>> {
  const child = start('writer.ts', [at.folder, String(first), ...KEYS])
  const exited = once(child, 'exit')
  const may = new Map([...before].map(([key, step]) => [key, [step]]))
  let ended = 0
  for await (const line of createInterface({ input: must(child.stdout) })) {
    const [what = '', key = '', leaves = ''] = line.split(' ')
    if (what === 'begin') may.set(key, [...must(may.get(key)), leaves])
    if (what === 'end') may.set(key, [leaves])
    if (what === 'end') ended += 1
    if (ended >= steps) child.kill('SIGKILL')
  }
  await exited
  return may
}

/** Which step an object says it is of, once its bytes are found to be of that step; `nothing` where there is none. */
async function found(store: ObjectStore, key: string): Promise<string> {
  const got = await store.get(key)
  if (got === null) return 'nothing'
  const step = must(got.metadata.step)
  const body = await text(got.body)
  expect({ key, step, bytes: got.bytes, isWhole: body === bodyOf(step).toString() }).toEqual({
    key,
    step,
    bytes: body.length,
    isWhole: true,
  })
  return step
}

describe('a writer that is killed', () => {
  it('leaves every object whole, as the last step that ended or the one that had begun made it', async () => {
    const before = new Map(KEYS.map((key) => [key, 'nothing']))
    for (let round = 0; round < ROUNDS; round += 1) {
      const may = await writeAndKill(round * 1_000, 3 + Math.floor(Math.random() * 60), before)
      const store = await at.another()
      for (const key of KEYS) {
        const step = await found(store, key)
        expect(may.get(key)).toContain(step)
        before.set(key, step)
      }
      const kept = KEYS.filter((key) => before.get(key) !== 'nothing')
      const listed = (await store.list({ prefix: '' })).map(({ key }) => key)
      expect(listed).toEqual([...kept, SOURCE].toSorted())
    }
  })

  it('leaves drafts, which go at an opening an hour later and not before; no object goes with them', async () => {
    const store = await at.another()
    const upload = { key: 'open', uploadId: await store.createMultipart('open') }
    await store.putPart(upload, 1, bodyOf('1'))
    const listed = await store.list({ prefix: '' })
    await writeFile(join(at.folder, 'drafts', 'of-one-who-is-gone'), 'half of it')
    const left = await at.namesIn('drafts')
    await at.another()
    expect(await at.namesIn('drafts')).toEqual(left)
    const hourAgo = new Date(Date.now() - 61 * 60 * 1000)
    for (const name of left) await utimes(join(at.folder, 'drafts', name), hourAgo, hourAgo)
    const later = await at.another()
    expect(await at.namesIn('drafts')).toEqual([])
    expect(await later.list({ prefix: '' })).toEqual(listed)
    expect(await later.listParts(upload)).toHaveLength(1)
  })
})

describe('an upload that is completed again, after a kill between its object and its end', () => {
  const key = 'uploads/again'

  /** The upload as such a kill leaves it: its object is there, and so is it. */
  async function killed() {
    const { store } = at
    const upload = { key, uploadId: await store.createMultipart(key) }
    const part = await store.putPart(upload, 1, bodyOf('1'))
    const folder = join(at.folder, 'uploads', upload.uploadId)
    await cp(folder, `${folder}-kept`, { recursive: true })
    const made = must(await store.completeMultipart(upload, [part], { ifAbsent: true }))
    await rename(`${folder}-kept`, folder)
    return { made, again: () => store.completeMultipart(upload, [part], { ifAbsent: true }) }
  }
  afterEach(() => at.store.deleteMany([key]))

  it('answers what it made', async () => {
    const { made, again } = await killed()
    expect(await again()).toEqual(made)
    expect(await at.store.listMultiparts({ prefix: key })).toEqual([])
  })

  it('answers null where the object is another by now, which stays', async () => {
    const { again } = await killed()
    await at.store.put(key, bodyOf('2'))
    expect(await again()).toBeNull()
    expect(await text(must(await at.store.get(key)).body)).toBe(bodyOf('2').toString())
    expect(await at.store.listMultiparts({ prefix: key })).toEqual([])
  })
})

describe('twenty that create one object, in four processes', () => {
  it('are told that one of them did, and its bytes are there', async () => {
    for (const key of ['one', 'an/other', 'long/'.padEnd(900, 'y')]) {
      const children = ['1', '2', '3', '4'].map((name) => start('creator.ts', [at.folder, key, name]))
      const said = children.map((child) => text(must(child.stdout)))
      await Promise.all(children.map((child) => once(must(child.stdout), 'readable')))
      for (const child of children) must(child.stdin).end()
      const made = [...(await Promise.all(said)).join('').matchAll(/made (\S+)/g)].map(([, name]) => name)
      expect(made).toHaveLength(1)
      expect(await text(must(await at.store.get(key)).body)).toBe(must(made[0]).repeat(10_000))
    }
  })
})
