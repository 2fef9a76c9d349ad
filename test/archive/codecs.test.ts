import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isArchiveFault } from '../../lib/archive/archive-fault.ts'
import { type Codec, codec } from '../../lib/archive/codec.ts'
import { findCodec } from '../../lib/archive/find-codec.ts'
import { ArchiveCompression } from '../../lib/run/archive-manifest.ts'
import { collect, inTurn, partsOf, sliced, someBytes, someText, tarOf } from './make-archive.ts'
import { pipeThrough } from './tools.ts'

const TOOLS: Record<ArchiveCompression, string> = { gzip: 'gzip', bz2: 'bzip2', xz: 'xz' }
const FILES = {
  'run.log': someText(300_000),
  'outputs/random.bin': someBytes(200_000),
  'outputs/zeros.bin': Buffer.alloc(1_000_000),
  'outputs/empty': '',
}
/** Of gzip and bzip2 both ways are one. */
const EACH = [
  ['gzip', 'decompress'],
  ['bz2', 'decompress'],
  ['xz', 'decompress'],
  ['xz', 'readBack'],
] as const
type Way = (typeof EACH)[number][1]

/** What came of it: all bytes, or the kind of fault. */
async function outcome(by: Codec, way: Way, chunks: AsyncIterable<Uint8Array>) {
  const done: Uint8Array[] = []
  try {
    for await (const chunk of by[way](chunks)) done.push(chunk)
    return Buffer.concat(done)
  } catch (error) {
    return isArchiveFault(error) ? error.fault : error
  }
}

const compress = (name: ArchiveCompression, bytes: Uint8Array) => collect(codec(name).member(inTurn([bytes])))

describe.each(ArchiveCompression.options)('an archive by %s', (name) => {
  it.each([20_000, 2 ** 30])(
    'in parts of at least %i bytes is one that the system’s own tools accept',
    async (atLeastBytes) => {
      const { parts, layout } = await partsOf(FILES, name, atLeastBytes)
      const file = Buffer.concat(parts.map(({ body }) => body))
      await pipeThrough(TOOLS[name], ['-t'], file)
      const tar = await tarOf(FILES)
      expect((await pipeThrough(TOOLS[name], ['-dc'], file)).equals(tar)).toBe(true)
      expect(parts.length).toBe(atLeastBytes > 20_000 ? 1 : parts.length)
      expect([parts[0]?.tarStart, parts.at(-1)?.tarEnd]).toEqual([0, layout.tarBytes])
      expect((await pipeThrough('tar', ['tf', '-'], tar)).toString().trimEnd().split('\n')).toHaveLength(5)
    },
  )

  it('is in parts of which each decompresses by itself, and after each of which it can be taken up again', async () => {
    // The library for xz takes some MB before it gives anything.
    const files = { ...FILES, 'outputs/large.bin': someBytes(name === 'xz' ? 6_000_000 : 2_000_000) }
    const { parts, layout } = await partsOf(files, name, 20_000)
    const tar = await tarOf(files)
    expect(parts.length).toBeGreaterThan(1)
    for (const [n, { body, tarStart, tarEnd }] of parts.entries()) {
      expect(tarStart).toBe(parts[n - 1]?.tarEnd ?? 0)
      if (tarEnd < layout.tarBytes) expect(body.length).toBeGreaterThanOrEqual(20_000)
      const of = tar.subarray(tarStart, tarEnd)
      const own = await outcome(codec(name), 'decompress', inTurn([body]))
      expect(Buffer.isBuffer(own) && own.equals(of)).toBe(true)
      expect((await pipeThrough(TOOLS[name], ['-dc'], body)).equals(of)).toBe(true)
    }
  })

  it('is known by how it begins', async () => {
    expect(findCodec(await compress(name, someText(10)))?.name).toBe(name)
  })

  it('is made of what the source gives, or throws what the source throws', async () => {
    const broken = new Error('the store is away')
    const source = async function* () {
      yield someBytes(1_000_000)
      throw broken
    }
    await expect(collect(codec(name).member(source()))).rejects.toBe(broken)
  })
})

describe.each(EACH)('%s, by %s', (name, way) => {
  const by = codec(name)

  it.each([[0], [1], [100], [65_536], [1_100_000]])(
    'gives %i bytes back, wherever the chunks are cut',
    async (length) => {
      const bytes = Buffer.concat([
        someText(length / 2),
        someBytes(length - Math.floor(length / 2)),
      ]).subarray(0, length)
      const member = await compress(name, bytes)
      for (const size of length > 100 ? [997, 1_000_000] : [1, 7, 1_000_000])
        expect(await outcome(by, way, sliced(member, size))).toEqual(bytes)
    },
  )

  it('reads members that follow each other, wherever the seam is in a chunk', async () => {
    const members = Buffer.concat([await compress(name, someText(50)), await compress(name, someBytes(60))])
    const whole = Buffer.concat([someText(50), someBytes(60)])
    for (let cut = 0; cut <= members.length; cut++) {
      const chunks = inTurn([members.subarray(0, cut), members.subarray(cut)])
      expect(await outcome(by, way, chunks), `cut at ${cut}`).toEqual(whole)
    }
  })

  it('reads what the system’s own tool has made', async () => {
    const bytes = Buffer.concat([someText(700_000), Buffer.alloc(500_000), someBytes(100_000)])
    for (const level of ['-1', '-9']) {
      const file = await pipeThrough(TOOLS[name], [level, '-c'], bytes)
      const read = await outcome(by, way, sliced(file, 10_000))
      expect(Buffer.isBuffer(read) && read.equals(bytes), level).toBe(true)
    }
  })

  it('says that a file breaks off, wherever it does', async () => {
    const member = await compress(name, Buffer.concat([someText(40), someBytes(40)]))
    for (let length = 0; length < member.length; length++)
      expect(await outcome(by, way, inTurn([member.subarray(0, length)])), `at ${length}`).toBe('truncated')
    const large = await compress(name, someBytes(300_000))
    for (const part of [0.3, 0.6, 0.999])
      expect(await outcome(by, way, sliced(large.subarray(0, large.length * part), 4_096))).toBe('truncated')
  })

  it('says that something follows the end, whether in its chunk or in one of its own', async () => {
    const member = await compress(name, someText(5_000))
    for (const more of ['x', 'garbage that is longer than a head', '\x01\x00\x00\x00']) {
      const tail = Buffer.from(more)
      const [joined, apart] = [inTurn([Buffer.concat([member, tail])]), inTurn([member, tail])]
      const faults = [await outcome(by, way, joined), await outcome(by, way, apart)]
      // What is no longer than a head may be one that breaks off, or padding that is wrong.
      for (const fault of faults) expect(['extra', 'truncated', 'damaged'], more).toContain(fault)
      if (tail.length > 12) expect(faults).toEqual(['extra', 'extra'])
    }
  })

  it('never takes a byte that was changed for the one that was there', async () => {
    const bytes = Buffer.concat([someText(2_000), someBytes(500)])
    const member = await compress(name, bytes)
    for (let at = 0; at < member.length; at++) {
      const damaged = Buffer.from(member)
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8))
      const found = await outcome(by, way, inTurn([damaged]))
      // Some bits of a head say nothing about what is in it.
      if (Buffer.isBuffer(found)) expect(found.equals(bytes), `at ${at}`).toBe(true)
      else expect(['damaged', 'truncated', 'extra'], `at ${at}: ${found}`).toContain(found)
    }
  })

  it('is nothing but damaged where it is something else', async () => {
    const found = await outcome(
      by,
      way,
      inTurn([Buffer.from('PK\x03\x04 this is a zip file, and not what it was said to be')]),
    )
    expect(found).toBe('damaged')
  })

  it('throws what the source throws, and lets go of it when nobody reads on', async () => {
    const member = await compress(name, someBytes(400_000))
    const broken = new Error('the store is away')
    let isOpen = true
    async function* source(error: Error | null) {
      try {
        isOpen = true
        yield* sliced(member.subarray(0, 200_000), 1_000)
        if (error !== null) throw error
        yield* sliced(member.subarray(200_000), 1_000)
      } finally {
        isOpen = false
      }
    }
    expect(await outcome(by, way, source(broken))).toBe(broken)
    for await (const chunk of by[way](source(null))) if (chunk.length > 0) break
    await expect.poll(() => isOpen, { timeout: 20_000 }).toBe(false)
    const whole = await outcome(by, way, source(null))
    expect(Buffer.isBuffer(whole) && whole.length).toBe(400_000)
  })
})

describe('our bzip2 decoder', () => {
  it('reads whatever bzip2 makes of whatever there is', { timeout: 120_000 }, async () => {
    const runs = fc
      .array(fc.tuple(fc.nat(255), fc.integer({ min: 1, max: 700 })), { maxLength: 40 })
      .map((some) => Buffer.concat(some.map(([byte, count]) => Buffer.alloc(count, byte))))
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 5_000 }),
      runs,
      fc.string().map((text) => Buffer.from(text)),
    )
    await fc.assert(
      fc.asyncProperty(bytes, fc.integer({ min: 1, max: 9 }), async (some, level) => {
        const file = await pipeThrough('bzip2', [`-${level}`, '-c'], some)
        expect(await outcome(codec('bz2'), 'decompress', sliced(file, 333))).toEqual(Buffer.from(some))
      }),
      { numRuns: 100 },
    )
  })

  it('comes to an end with any file, however it is damaged', { timeout: 120_000 }, async () => {
    const bytes = Buffer.concat([Buffer.alloc(20_000), someText(20_000)])
    const member = await compress('bz2', bytes)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(member.length - 1), fc.nat(255)), { minLength: 1, maxLength: 20 }),
        async (changes) => {
          const damaged = Buffer.from(member)
          for (const [at, byte] of changes) damaged[at] = byte
          const found = await outcome(codec('bz2'), 'decompress', inTurn([damaged]))
          if (Buffer.isBuffer(found)) expect(found.equals(bytes)).toBe(true)
          else expect(found).toBeTypeOf('string')
        },
      ),
      { numRuns: 300 },
    )
  })
})
