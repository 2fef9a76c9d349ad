import { readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toDiskError } from '../../lib/objects/disk/disk-error.ts'
import { toPlace } from '../../lib/objects/disk/key-place.ts'
import { openDisk } from '../../lib/objects/disk/open-disk.ts'
import { must } from '../contracts/harness.ts'
import { startProcess } from '../support/cli.ts'
import { bodyOf, openTemporary, signer } from './disk-steps.ts'

let at: Awaited<ReturnType<typeof openTemporary>>
beforeAll(async () => {
  at = await openTemporary()
})
afterAll(() => at.remove())

const bytes = (words: string) => Buffer.from(words)
const read = async (key: string) => text(must(await at.store.get(key)).body)

describe('an object on disk', () => {
  it('stays readable to who has begun, when it is replaced and when it is removed', async () => {
    const { store } = at
    await store.put('read', bodyOf('5'))
    const first = must(await store.get('read')).body.getReader()
    const began = must((await first.read()).value)
    await store.put('read', bodyOf('10'))
    const second = must(await store.get('read'))
    await store.deleteMany(['read'])
    const rest: Uint8Array[] = [began]
    for (let piece = await first.read(); !piece.done; piece = await first.read()) rest.push(piece.value)
    expect(Buffer.concat(rest).equals(bodyOf('5'))).toBe(true)
    expect(await text(second.body)).toBe(bodyOf('10').toString())
    expect(await store.get('read')).toBeNull()
  })

  it('is for the eyes of the owner alone', async () => {
    await at.store.put('private/file', bytes('x'))
    for (const name of ['', 'keys', 'keys/private+', 'drafts', 'uploads'])
      expect((await stat(join(at.folder, name))).mode & 0o077).toBe(0)
    expect((await stat(join(at.folder, 'keys/private+/file.object'))).mode & 0o077).toBe(0)
    await at.store.deleteMany(['private/file'])
  })

  it('leaves no folder behind when it is removed, and no draft whatever became of it', async () => {
    const { store } = at
    await store.put('one/two/three', bytes('x'))
    await store.put('one/two', bytes('x'), { ifAbsent: true })
    await store.put('one/two', bytes('y'), { ifAbsent: true })
    await expect(store.put('one/two', bytes('y'), { sha256: '0'.repeat(64) })).rejects.toThrow('SHA-256')
    const upload = { key: 'one/up', uploadId: await store.createMultipart('one/up') }
    const part = await store.putPart(upload, 1, bytes('x'))
    expect(await store.completeMultipart(upload, [part])).toEqual({ etag: part.etag, bytes: 1 })
    await store.abortMultipart({ key: 'b', uploadId: await store.createMultipart('b') })
    await store.copy('one/two', 'one/copy')
    await expect(store.copy('one/none', 'one/copy')).rejects.toThrow('one/none')
    expect(await at.namesIn('keys')).toEqual([
      'one+',
      'one+/copy.object',
      'one+/two+',
      'one+/two+/three.object',
      'one+/two.object',
      'one+/up.object',
    ])
    await store.deleteMany(['one/two', 'one/two/three', 'one/copy', 'one/up'])
    expect(await at.namesIn('keys')).toEqual([])
    expect(await at.namesIn('drafts')).toEqual([])
    expect(await at.namesIn('uploads')).toEqual([])
  })

  it('finds its folder made anew where another removes the last of its neighbours', async () => {
    const other = await at.another()
    const turns = Array.from({ length: 150 }, (_, n) => `busy/folder/${n}`)
    await Promise.all([
      (async () => {
        for (const key of turns) {
          await at.store.put(key, bytes(key), { ifAbsent: true })
          await at.store.deleteMany([key])
        }
      })(),
      (async () => {
        for (const key of turns) {
          await other.put(`${key}/kept`, bytes(key))
          expect(await other.head(`${key}/kept`)).not.toBeNull()
          await other.deleteMany([`${key}/kept`])
        }
      })(),
    ])
    expect(await at.namesIn('keys')).toEqual([])
  })

  it('is listed alone, whatever else an operator or a desktop leaves in the folder', async () => {
    const { store } = at
    await store.put('there/it-is', bytes('x'))
    const upload = { key: 'there/up', uploadId: await store.createMultipart('there/up') }
    for (const name of ['keys/.DS_Store', 'keys/there+/notes.txt', 'uploads/.DS_Store'])
      await writeFile(join(at.folder, name), 'x')
    await writeFile(join(at.folder, 'uploads', upload.uploadId, '.DS_Store'), 'x')
    expect((await store.list({ prefix: '' })).map(({ key }) => key)).toEqual(['there/it-is'])
    expect(await store.listMultiparts({ prefix: '' })).toMatchObject([upload])
    expect(await store.listParts(upload)).toEqual([])
    await store.abortMultipart(upload)
    await store.deleteMany(['there/it-is'])
    for (const name of ['keys/.DS_Store', 'keys/there+', 'uploads/.DS_Store'])
      await rm(join(at.folder, name), { recursive: true })
  })

  it('that was cut or changed by something else is refused, not given in part', async () => {
    const { store } = at
    for (const spoil of [
      (file: string) => truncate(file, 10),
      (file: string) => truncate(file, 0),
      (file: string) => writeFile(file, 'anything'.repeat(100)),
      async (file: string) => writeFile(file, (await readFile(file)).subarray(1)),
    ]) {
      await store.put('SPOILED/日', bodyOf('1'))
      await spoil(join(at.folder, 'keys', ...toPlace('SPOILED/日')))
      await expect(store.get('SPOILED/日')).rejects.toMatchObject({ code: 'unavailable' })
      await expect(store.list({ prefix: '' })).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringMatching(/^SPOILED\/日 cannot be listed: .*broken/),
      })
      await expect(store.copy('SPOILED/日', 'copy')).rejects.toMatchObject({ code: 'unavailable' })
      expect(await at.namesIn('drafts')).toEqual([])
    }
    await store.put('SPOILED/日', bytes('whole again'))
    expect(await read('SPOILED/日')).toBe('whole again')
    await store.deleteMany(['SPOILED/日'])
  })
})

describe('what is no key, or cannot be kept', () => {
  it.each([
    ['', {}],
    ['x'.repeat(1025), {}],
    ['日'.repeat(342), {}],
    ['half a \ud83d', {}],
    ['a', { metadata: { Name: 'x' } }],
    ['a', { metadata: { name: 'é' } }],
    ['a', { metadata: { name: 'x'.repeat(2048) } }],
    ['a', { contentType: 'text/plain\r\nset-cookie: a=b' }],
  ])('%j with %j is invalid', async (key, options) => {
    await expect(at.store.put(key, bytes('x'), options)).rejects.toMatchObject({ code: 'invalid' })
    await expect(at.store.createMultipart(key, options)).rejects.toMatchObject({ code: 'invalid' })
    expect(await at.namesIn('keys')).toEqual([])
  })

  it('of several to be removed is the only one that is not', async () => {
    await at.store.put('good', bytes('x'))
    expect(await at.store.deleteMany(['', 'good'])).toEqual([{ key: '', error: expect.any(String) }])
    expect(await at.store.head('good')).toBeNull()
  })

  it('by a URL that no server answers is unavailable', async () => {
    const options = { filename: 'a', bytes: 1, contentType: 'text/plain', expiresSeconds: 60 }
    const upload = { key: 'a', uploadId: 'b' }
    await expect(at.store.presignGet('a', options)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(at.store.presignPut('a', options)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(at.store.presignPart(upload, 1, options)).rejects.toMatchObject({ code: 'unavailable' })
    expect(at.store.answer).toBeUndefined()
  })
})

describe('a disk', () => {
  it('that is full says so, and nothing is left of what did not fit', async () => {
    const script = join(import.meta.dirname, 'fixtures/put-too-much.ts')
    // No file of this process may have more than some 500 KB: the write fails in its middle, as on a full disk.
    const command = `ulimit -f 1000; exec "${process.execPath}" "${script}" "${at.folder}"`
    const { stdout } = await startProcess('/bin/sh', ['-c', command]).ended
    expect(JSON.parse(stdout)).toEqual([
      { code: 'unavailable', message: expect.stringContaining('the disk is full') },
      { code: 'unavailable', message: expect.stringContaining('the disk is full') },
      { bytes: 9 },
    ])
    expect(await at.namesIn('drafts')).toEqual([])
    expect((await at.store.list({ prefix: '' })).map(({ key }) => key)).toEqual(['it-fits'])
    await at.store.deleteMany(['it-fits'])
  })

  it('that has no room left is told from what is not of the disk', () => {
    const error = Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC', syscall: 'write' })
    expect(toDiskError(error, '/data')).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/^the disk is full: .*\/data.*ENOSPC/),
    })
    const other = new Error('of ours')
    expect(toDiskError(other, '/data')).toBe(other)
  })

  it('where the folder cannot be is unavailable, by name', async () => {
    const file = join(at.folder, 'a-file')
    await writeFile(file, 'x')
    const folder = join(file, 'objects')
    await expect(openDisk({ folder, signer, baseUrl: null })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(folder),
    })
    await rm(file)
  })
})
