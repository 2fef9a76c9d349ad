import { execFile } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { tarOutputs } from '../../../lib/ledger/outputs/tar-outputs.ts'
import type { Context } from '../../../lib/ports/context.ts'
import type { ObjectStore } from '../../../lib/ports/object-store.ts'
import type { RunOutput } from '../../../lib/run/run-output.ts'
import { must } from '../../contracts/harness.ts'
import { makeBytes, readAll, sha256, text } from '../../contracts/object-store/steps.ts'
import { makeTemporaryFolder } from '../../support/temporary-folder.ts'
import { type Held, PLACES, put, useOutputs } from './steps.ts'

const run = promisify(execFile)
const MIB = 1024 * 1024
const LONG = `${'verzeichnis-'.repeat(20)}/${'ü'.repeat(120)}/${'x'.repeat(255)}`

describe.each(PLACES)('the tar of outputs with $name', (place) => {
  const at = useOutputs(place)
  const open = ({ id, person }: Held) => tarOutputs(person, { id })

  /** Unpacks it by the machine's own `tar`; gives the file of each path. */
  async function unpack(
    held: Held,
  ): Promise<{ folder: string; names: string[]; at: (path: string) => string }> {
    const into = await makeTemporaryFolder()
    const { folder, body } = await open(held)
    await pipeline(body, createWriteStream(join(into, 'all.tar')))
    const { stderr } = await run('tar', ['-xf', 'all.tar'], {
      cwd: into,
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    })
    expect(stderr).toBe('')
    const found = await readdir(join(into, folder), { recursive: true, withFileTypes: true })
    const names = found
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(into, folder).length + 1))
    expect((await readdir(into)).toSorted()).toEqual([folder, 'all.tar'].toSorted())
    return { folder, names, at: (path) => join(into, folder, path) }
  }

  /** The holder, whose store answers something else for a time. */
  const withGet = (held: Held, get: (real: ObjectStore['get']) => ObjectStore['get']): Held => {
    const objects = { ...held.person.objects, get: get(held.person.objects.get) }
    const person: Context = { ...held.person, objects }
    return { ...held, person }
  }

  it('holds every file, with long and foreign names, the last attempt’s of each', async () => {
    const first = await at().hold()
    const files = new Map<string, Uint8Array<ArrayBuffer>>([
      ['a', text('abc')],
      ['empty', text('')],
      ['dir/株式 100%.csv', text('x'.repeat(511))],
      [LONG, text('x'.repeat(512))],
      [`${'p'.repeat(120)}/q`, text('x'.repeat(513))],
      ['-rf', text('not an option')],
      ['big', makeBytes(9 * MIB + 1)],
    ])
    await put(first, 'a', 'of the first attempt')
    const held = await at().holdAgain(first)
    const outputs = new Map<string, RunOutput>()
    for (const [path, bytes] of files) outputs.set(path, await put(held, path, bytes))
    const unpacked = await unpack(held)
    expect(unpacked.folder).toBe(held.run.folderName)
    expect(unpacked.names.toSorted()).toEqual([...files.keys()].toSorted())
    for (const [path, bytes] of files) {
      const found = unpacked.at(path)
      expect(sha256(await readFile(found)), path).toBe(sha256(bytes))
      const { createdAt } = must(outputs.get(path))
      expect((await stat(found)).mtimeMs).toBe(Math.floor(Date.parse(createdAt) / 1_000) * 1_000)
    }
  })

  it('of more files than one page has all of them', async () => {
    const held = await at().hold()
    const names = Array.from({ length: 205 }, (_, n) => `file-${n}`)
    for (const name of names) await put(held, name, name)
    const unpacked = await unpack(held)
    expect(unpacked.names.toSorted()).toEqual(names.toSorted())
  })

  it('of no files is an empty tar', async () => {
    const held = await at().hold()
    const { body } = await open(held)
    const bytes = await readAll(ReadableStream.from<Uint8Array>(body))
    expect(bytes).toEqual(new Uint8Array(1_024))
  })

  it('reads nothing before it is read, and no file before the one before it was read', async () => {
    const held = await at().hold()
    for (const name of ['a', 'b', 'c']) await put(held, name, makeBytes(5 * MIB))
    const asked: string[] = []
    const watched = withGet(held, (real) => (key, options) => {
      asked.push(key.at(-1) ?? '')
      return real(key, options)
    })
    const { body } = await open(watched)
    expect(asked).toEqual([])
    const reader = body[Symbol.asyncIterator]()
    await reader.next()
    await reader.next()
    expect(asked).toEqual(['a'])
    let read = 0
    while (read < MIB) read += (await reader.next()).value?.length ?? 0
    expect(asked).toEqual(['a'])
    await reader.return?.()
    expect(asked).toEqual(['a'])
  })

  it.each([0, 1])('breaks off where the store breaks off in file %d', async (which) => {
    const held = await at().hold()
    for (const name of ['a', 'b']) await put(held, name, makeBytes(2 * MIB))
    let asked = 0
    const broken = withGet(held, (real) => async (key, options) => {
      const found = await real(key, options)
      if (found === null || asked++ !== which) return found
      const cut = async function* () {
        let sent = 0
        for await (const piece of found.body) {
          yield piece.subarray(0, MIB - sent)
          sent += piece.length
          if (sent >= MIB) throw new Error('the store is gone')
        }
      }
      return { ...found, body: ReadableStream.from<Uint8Array>(cut()) }
    })
    const { body } = await open(broken)
    let bytes = 0
    const reading = async () => {
      for await (const piece of body) bytes += piece.length
    }
    await expect(reading()).rejects.toThrow('the store is gone')
    expect(bytes).toBeLessThan((which + 1) * 2 * MIB)
    expect(at().ledger.logged.at(-1)).toMatchObject({ message: 'a tar of outputs broke off', runId: held.id })
  })

  it.each(['gone', 'shorter', 'another'])('breaks off at a file that is %s in the store', async (what) => {
    const held = await at().hold()
    for (const name of ['a', 'b', 'c']) await put(held, name, 'abc')
    const key = `jobs/${held.run.folderName}/b`
    if (what === 'gone') await at().objects.deleteMany([key])
    else await at().objects.put(key, text(what === 'shorter' ? 'ab' : 'abd'))
    const { body } = await open(held)
    await expect(readAll(ReadableStream.from<Uint8Array>(body))).rejects.toMatchObject({
      code: 'unavailable',
    })
  })

  it('lets go of the store when its reader goes', async () => {
    const held = await at().hold()
    await put(held, 'a', makeBytes(4 * MIB))
    let canceled = false
    const watched = withGet(held, (real) => async (key, options) => {
      const found = await real(key, options)
      if (found === null) return found
      const passed = async function* () {
        try {
          yield* found.body
        } finally {
          canceled = true
        }
      }
      return { ...found, body: ReadableStream.from<Uint8Array>(passed()) }
    })
    for await (const piece of (await open(watched)).body) if (piece.length > 1_024) break
    await expect.poll(() => canceled).toBe(true)
  })
})
