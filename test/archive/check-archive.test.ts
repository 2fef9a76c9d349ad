import { createGzip } from 'node:zlib'
import { type Header, pack } from 'tar-stream'
import { describe, expect, it } from 'vitest'
import { ArchiveFault, isArchiveFault } from '../../lib/archive/archive-fault.ts'
import { checkArchive, type ExpectedArchive } from '../../lib/archive/check-archive.ts'
import { codec } from '../../lib/archive/codec.ts'
import { layOut } from '../../lib/archive/lay-out.ts'
import { ArchiveCompression, type ArchiveManifest } from '../../lib/run/archive-manifest.ts'
import { isLedgerError } from '../../lib/run/errors.ts'
import {
  archiveOf,
  collect,
  type Files,
  FOLDER,
  inTurn,
  manifestOf,
  partsOf,
  sha256,
  sliced,
  someBytes,
  someText,
  tarOf,
} from './make-archive.ts'

const FILES: Files = {
  'run.log.gz': someBytes(700),
  'outputs/a.csv': someText(5_000),
  'outputs/empty': '',
  [`outputs/${'deep/'.repeat(30)}ü.bin`]: someBytes(2_000),
  'outputs/z.txt': 'z',
}
const NAMES = Object.keys(FILES)

async function check(file: Uint8Array, expected: ExpectedArchive = {}, name: ArchiveCompression = 'gzip') {
  try {
    return await checkArchive(sliced(file, 1_000), { codec: codec(name), expect: expected })
  } catch (error) {
    if (isArchiveFault(error)) return { fault: error.fault, entry: error.entry, message: error.message }
    throw error
  }
}

const gzip = (tar: Uint8Array) => collect(codec('gzip').member(inTurn([tar])))

/** An archive whose tar somebody else has made. */
async function forged(
  manifest: ArchiveManifest | Uint8Array,
  entries: [header: Partial<Header> & { name: string }, body?: Uint8Array | string][],
): Promise<Buffer> {
  const tar = pack()
  const first = manifest instanceof Uint8Array ? manifest : layOut(manifest).manifestBytes
  tar.entry({ name: `${FOLDER}/MANIFEST.json` }, Buffer.from(first))
  for (const [header, body = ''] of entries) tar.entry(header, Buffer.from(body))
  tar.finalize()
  return await collect(tar.pipe(createGzip() as never) as unknown as AsyncIterable<Uint8Array>)
}

const each = (files: Files): [{ name: string }, Uint8Array | string][] =>
  Object.entries(files).map(([path, bytes]) => [{ name: `${FOLDER}/${path}` }, bytes])

describe('an archive that is whole', () => {
  it.each(ArchiveCompression.options)(
    'by %s is compared with its manifest, and with what is expected',
    async (name) => {
      const file = await archiveOf(FILES, name, 1_000)
      const { manifest, manifestSha256 } = layOut(manifestOf(FILES))
      const found = { bytes: file.length, sha256: sha256(file), manifest, manifestSha256 }
      expect(await check(file, {}, name)).toEqual(found)
      const { bytes, sha256: hash } = found
      expect(await check(file, { bytes, sha256: hash, manifestSha256 }, name)).toEqual(found)
    },
  )

  it('may be of a run that left no files', async () => {
    expect(await check(await archiveOf({}))).toMatchObject({ manifest: { entries: [] } })
  })

  it('may have been made by another program of the same files in another order', async () => {
    const manifest = manifestOf({ 'outputs/a': 'a', 'outputs/b': someBytes(600) })
    const file = await forged(manifest, each({ 'outputs/b': someBytes(600), 'outputs/a': 'a' }))
    expect(await check(file)).toMatchObject({ manifest })
  })

  it.each<[string, ExpectedArchive]>([
    ['bytes', { bytes: 17 }],
    ['a hash', { sha256: sha256('another') }],
    ['a manifest', { manifestSha256: sha256('another') }],
  ])('and has not %s that was expected is told apart', async (_what, expected) => {
    expect(await check(await archiveOf(FILES), expected)).toMatchObject({ fault: 'unexpected', entry: null })
  })
})

describe('an archive that is not whole', () => {
  it('is damaged where a byte is another, wherever it is in the file', async () => {
    const file = await archiveOf(FILES, 'gzip', 1_000)
    for (let at = 0; at < file.length; at += 7) {
      const damaged = Buffer.from(file)
      damaged[at] = (damaged[at] ?? 0) ^ 0x10
      const found = await check(damaged, { sha256: sha256(file) })
      if (!('fault' in found)) expect.fail(`a changed byte at ${at} went through`)
    }
  })

  it('is damaged where a byte of the tar is another, though it is compressed well', async () => {
    const tar = await tarOf(FILES)
    const layout = layOut(manifestOf(FILES))
    const places = layout.entries.flatMap(({ tarStart, dataStart, bytes }) => [
      // The name, the size and the sum in the head; the first, a middle and the last byte of the file.
      ...[0, 124, 150].map((place) => dataStart - 512 + place),
      ...(dataStart - tarStart > 512 ? [tarStart + 512] : []),
      ...(bytes > 0 ? [dataStart, dataStart + (bytes >> 1), dataStart + bytes - 1] : []),
    ])
    for (const at of places) {
      const damaged = Buffer.from(tar)
      damaged[at] = (damaged[at] ?? 0) ^ 0x01
      const found = await check(await gzip(damaged), { manifestSha256: layout.manifestSha256 })
      if (!('fault' in found)) expect.fail(`a changed byte at ${at} of the tar went through`)
    }
  })

  it('breaks off, wherever it is cut, and the entry in which it does is named', async () => {
    const file = await archiveOf(FILES, 'gzip', 1_000)
    for (let length = 0; length < file.length; length += 11)
      expect(await check(file.subarray(0, length)), `at ${length}`).toMatchObject({ fault: 'truncated' })
    const large = { 'outputs/a': 'a', 'outputs/large': someBytes(300_000) }
    const half = (await archiveOf(large)).subarray(0, 150_000)
    const name = `${FOLDER}/outputs/large`
    expect(await check(half)).toMatchObject({
      fault: 'truncated',
      entry: name,
      message: expect.stringContaining(name),
    })
  })

  it('breaks off, cut behind any of its members or the tar anywhere, and says what is missing', async () => {
    const { parts } = await partsOf({ ...FILES, 'outputs/large': someBytes(2_000_000) }, 'gzip', 70_000)
    expect(parts.length).toBeGreaterThan(3)
    for (let count = 1; count < parts.length; count++) {
      const file = Buffer.concat(parts.slice(0, count).map(({ body }) => body))
      expect(await check(file), `of ${count} parts`).toMatchObject({
        fault: expect.stringMatching(/truncated|missing/),
      })
    }
    const tar = await tarOf(FILES)
    for (const length of [0, 100, 512, tar.length - 1_024, tar.length - 512, tar.length - 1])
      expect(await check(await gzip(tar.subarray(0, length)))).toMatchObject({
        fault: expect.stringMatching(/truncated|missing|manifest/),
      })
    const { entries } = layOut(manifestOf(FILES))
    for (const { tarStart, name } of entries.slice(1))
      expect(await check(await gzip(tar.subarray(0, tarStart)))).toMatchObject({
        fault: 'missing',
        entry: name,
      })
  })

  it('has more than it should, behind the file, behind the tar, or between', async () => {
    const file = await archiveOf(FILES)
    expect(await check(Buffer.concat([file, Buffer.from('and something behind it')]))).toMatchObject({
      fault: 'extra',
    })
    expect(await check(Buffer.concat([file, Buffer.alloc(20)]))).toMatchObject({ fault: 'extra' })
    expect(await check(Buffer.concat([file, await gzip(Buffer.alloc(512))]))).toMatchObject({
      fault: 'extra',
      message: '512 bytes follow the end of the tar',
    })
    expect(await check(Buffer.concat([file, await gzip(await tarOf(FILES))]))).toMatchObject({
      fault: 'duplicate',
    })
    const { parts } = await partsOf({ 'outputs/large': someBytes(2_000_000) }, 'gzip', 100_000)
    const [first, second, ...rest] = parts.map(({ body }) => body)
    if (first === undefined || second === undefined) throw new Error('there must be parts')
    const twice = Buffer.concat([first, second, second, ...rest])
    expect(await check(twice)).toMatchObject({ fault: 'differs', entry: `${FOLDER}/outputs/large` })
    const turned = Buffer.concat([second, first, ...rest])
    expect(await check(turned)).toHaveProperty('fault')
  })

  it('names the entry that is missing, that is there twice, and that nobody knows', async () => {
    const manifest = manifestOf(FILES)
    const all = each(FILES)
    const [name] = NAMES.map((path) => `${FOLDER}/${path}`)
    expect(await check(await forged(manifest, all.slice(1)))).toMatchObject({ fault: 'missing', entry: name })
    const [first] = all
    if (first === undefined) throw new Error('there must be one')
    const twice = await forged(manifest, [first, first, ...all.slice(1)])
    expect(await check(twice)).toMatchObject({ fault: 'duplicate', entry: name })
    const other = `${FOLDER}/outputs/other`
    const extra = await forged(manifest, [[{ name: other }, 'x'], ...all])
    expect(await check(extra)).toMatchObject({ fault: 'extra', entry: other })
    const again: [{ name: string }, Uint8Array][] = [
      [{ name: `${FOLDER}/MANIFEST.json` }, layOut(manifest).manifestBytes],
    ]
    expect(await check(await forged(manifest, [...again, ...all]))).toMatchObject({ fault: 'duplicate' })
  })

  it.each([
    ['longer', 'zz'],
    ['shorter', ''],
    ['other', 'y'],
  ])('names the entry that is %s than the manifest says', async (_what, body) => {
    const file = await forged(manifestOf(FILES), each({ ...FILES, 'outputs/z.txt': body }))
    expect(await check(file)).toMatchObject({ fault: 'differs', entry: `${FOLDER}/outputs/z.txt` })
  })
})

describe('an archive that would do harm', () => {
  it.each([
    ['/etc/passwd', 'absolute'],
    ['C:/windows/system.ini', 'absolute'],
    [`${FOLDER}/../../etc/passwd`, '..'],
    ['..', '..'],
    [`${FOLDER}/outputs/./a`, 'segment .'],
    [`${FOLDER}//a`, 'empty'],
    [`${FOLDER}/a\\..\\b`, 'backslash'],
  ])('with the entry %s is refused by name', async (name, why) => {
    const file = await forged(manifestOf(FILES), [[{ name }, 'x']])
    const found = await check(file)
    expect(found).toMatchObject({ fault: 'unsafe', entry: name })
    expect(found).toHaveProperty('message', expect.stringContaining(why))
  })

  it.each<[NonNullable<Header['type']>, Partial<Header>]>([
    ['symlink', { linkname: '/etc/passwd' }],
    ['link', { linkname: `${FOLDER}/run.log` }],
    ['character-device', { devmajor: 1, devminor: 3 }],
    ['block-device', { devmajor: 8, devminor: 0 }],
    ['fifo', {}],
    ['directory', {}],
  ])('with a %s is refused by name, though the manifest knows the name', async (type, more) => {
    const name = `${FOLDER}/outputs/z.txt`
    const file = await forged(manifestOf(FILES), [[{ name, type, size: 0, ...more }]])
    const found = await check(file)
    expect(found).toMatchObject({ fault: 'unsafe', entry: expect.stringContaining(name) })
    expect(found).toHaveProperty('message', expect.stringContaining(type))
  })

  it('has a name in its extended head that is looked at as well', async () => {
    const file = await forged(manifestOf(FILES), [[{ name: 'harmless', pax: { path: '../../harm' } }, 'x']])
    expect(await check(file)).toMatchObject({ fault: 'unsafe', entry: '../../harm' })
  })
})

describe('a manifest', () => {
  const good = manifestOf(FILES)
  const asBytes = (value: unknown) => Buffer.from(JSON.stringify(value))

  it.each<[string, Uint8Array]>([
    ['is no JSON', Buffer.from('{')],
    ['is another program’s', asBytes({ name: 'package' })],
    ['is of a later version', asBytes({ ...good, version: 2 })],
    [
      'has a name that leaves the folder',
      asBytes({ ...good, entries: [{ ...good.entries[0], path: '../x' }] }),
    ],
    ['has a name twice', asBytes({ ...good, entries: [good.entries[0], good.entries[0]] })],
    [
      'has itself among its files',
      asBytes({ ...good, entries: [{ ...good.entries[0], path: 'MANIFEST.json' }] }),
    ],
    ['has a hash that is none', asBytes({ ...good, entries: [{ ...good.entries[0], sha256: 'x' }] })],
    ['is of another folder', asBytes({ ...good, folder: 'other' })],
  ])('that %s is refused', async (_what, bytes) => {
    expect(await check(await forged(bytes, each(FILES)))).toMatchObject({
      fault: 'manifest',
      entry: `${FOLDER}/MANIFEST.json`,
    })
  })

  it('that is not there is missed, in an archive of something else and in one of nothing', async () => {
    const tar = pack()
    tar.entry({ name: 'some/file.txt' }, 'x')
    tar.finalize()
    const file = await gzip(await collect(tar as unknown as AsyncIterable<Uint8Array>))
    expect(await check(file)).toMatchObject({ fault: 'manifest', entry: 'some/file.txt' })
    expect(await check(await gzip(Buffer.alloc(1_024)))).toMatchObject({ fault: 'manifest' })
  })

  it('that would not fit into memory is not read', async () => {
    const head = (await tarOf(FILES)).subarray(0, 512)
    head.write((2 ** 32).toString(8).padStart(11, '0'), 124)
    head.write(' '.repeat(8), 148)
    head.write(
      `${head
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    )
    expect(await check(await gzip(head))).toMatchObject({
      fault: 'manifest',
      message: expect.stringContaining('too large'),
    })
  })
})

it('what is wrong with an archive is an error of the ledger, and what is wrong with the way to it passes', async () => {
  expect(isLedgerError(new ArchiveFault('extra', 'x'))).toBe(true)
  const broken = new Error('the store is away')
  const file = await archiveOf(FILES)
  const source = async function* () {
    yield file.subarray(0, 2_000)
    throw broken
  }
  await expect(checkArchive(source(), { codec: codec('gzip') })).rejects.toBe(broken)
})
