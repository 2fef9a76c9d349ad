import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isArchiveFault } from '../../lib/archive/archive-fault.ts'
import { layOut } from '../../lib/archive/lay-out.ts'
import { tarFrom } from '../../lib/archive/tar-from.ts'
import { tarHead } from '../../lib/archive/tar-head.ts'
import { unsafeNameFault } from '../../lib/run/archive-name.ts'
import {
  AT,
  collect,
  type Files,
  FOLDER,
  inTurn,
  manifestOf,
  openFiles,
  someBytes,
  tarOf,
} from './make-archive.ts'
import { pipeThrough, untar } from './tools.ts'

const MIXED: Files = {
  'run.log': '[2026-11-21T10:30:00.000Z] x: hello\n',
  'outputs/empty': '',
  'outputs/block.bin': someBytes(512),
  'outputs/nearly.bin': someBytes(511),
  'outputs/more.bin': someBytes(1_537),
  [`outputs/${'long/'.repeat(40)}name.txt`]: 'deep',
  'outputs/Zürich – 東京 😀.csv': 'ä,ö\n',
  'outputs/.2/of-the-second-claim.txt': 'again',
  'outputs/MANIFEST.json': 'of the run itself',
  'outputs/sp ace, "quote"\'s & $dollar*': 'odd',
}

describe('the tar of a manifest', () => {
  it('is unpacked by tar to each file, byte for byte, with the manifest beside them', async () => {
    const found = await untar(await tarOf(MIXED))
    const { manifestBytes } = layOut(manifestOf(MIXED))
    expect(found.get(`${FOLDER}/MANIFEST.json`)).toEqual(manifestBytes)
    expect(found.size).toBe(1 + Object.keys(MIXED).length)
    for (const [path, bytes] of Object.entries(MIXED))
      expect(found.get(`${FOLDER}/${path}`), path).toEqual(Buffer.from(bytes))
  })

  it('is listed by tar in the order of the manifest, which comes first, with dates and without owners', async () => {
    const listed = (
      await pipeThrough('tar', ['tv', '--quoting-style=literal'], await tarOf(MIXED))
    ).toString()
    const lines = listed.trimEnd().split('\n')
    expect(lines[0]).toMatch(/^-rw-r--r-- 0\/0 +\d+ 2026-11-21 10:30 \S+\/MANIFEST\.json$/)
    const names = lines.map((line) => line.slice(line.indexOf(FOLDER)))
    expect(names).toEqual(['MANIFEST.json', ...Object.keys(MIXED)].map((path) => `${FOLDER}/${path}`))
  })

  it('is the same bytes wherever it is taken up again, and stands where the layout says', async () => {
    const whole = await tarOf(MIXED)
    const layout = layOut(manifestOf(MIXED))
    expect(whole.length).toBe(layout.tarBytes)
    const everywhere = Array.from({ length: whole.length / 31 }, (_, n) => n * 31)
    const seams = layout.entries.flatMap(({ tarStart, dataStart, bytes }) => [
      tarStart,
      dataStart,
      dataStart + bytes,
    ])
    const around = [...seams, layout.tarBytes - 1].flatMap((seam) => [seam - 1, seam, seam + 1])
    for (const offset of [...everywhere, ...around.filter((one) => one >= 0)]) {
      const rest = await tarOf(MIXED, offset)
      if (!rest.equals(whole.subarray(offset))) expect.fail(`other bytes from ${offset} on`)
    }
    for (const { entry, dataStart, bytes } of layout.entries.slice(1))
      expect(whole.subarray(dataStart, dataStart + bytes)).toEqual(
        Buffer.from(MIXED[entry?.path ?? ''] ?? ''),
      )
  })

  it('is the same in whatever order a database gives the keys of the manifest back', () => {
    const manifest = manifestOf(MIXED)
    const turned = Object.fromEntries(Object.entries(manifest).reverse()) as typeof manifest
    turned.entries = manifest.entries.map(
      (entry) => Object.fromEntries(Object.entries(entry).reverse()) as typeof entry,
    )
    expect(layOut(turned)).toMatchObject({ manifestSha256: layOut(manifest).manifestSha256 })
  })

  it('is one that tar unpacks, whatever safe names and sizes there are', { timeout: 120_000 }, async () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
    const path = fc
      .array(name, { minLength: 1, maxLength: 6 })
      .map((names) => names.join('/'))
      // The file system takes 255 bytes a name; tar has no word for a line's end in one that we let in.
      .filter((text) => unsafeNameFault(text) === null && !/\p{Cc}/u.test(text))
      .filter((text) => text.split('/').every((one) => Buffer.byteLength(one) <= 255))
    const files = fc.dictionary(path, fc.uint8Array({ maxLength: 3_000 }), {
      maxKeys: 8,
      noNullPrototype: true,
    })
    await fc.assert(
      fc.asyncProperty(files, fc.nat(), async (some, cut) => {
        // A file and a folder cannot have one name.
        const paths = Object.keys(some)
        fc.pre(
          !paths.some((one) => paths.some((other) => other.startsWith(`${one}/`)) || one === 'MANIFEST.json'),
        )
        const tar = await tarOf(some)
        const offset = cut % (tar.length + 1)
        expect((await tarOf(some, offset)).equals(tar.subarray(offset))).toBe(true)
        const found = await untar(tar)
        expect(found.size).toBe(1 + paths.length)
        for (const one of paths) expect(found.get(`${FOLDER}/${one}`)).toEqual(Buffer.from(some[one] ?? ''))
      }),
      { numRuns: 60 },
    )
  })

  it.each([8 ** 11 - 1, 8 ** 11, 5 * 2 ** 40])('tells tar of a file of %i bytes', async (bytes) => {
    const head = tarHead({ name: 'x/large.bin', bytes, modifiedAt: AT })
    // Tar says what the head says, and then that the bytes are missing.
    const said = await pipeThrough('sh', ['-c', 'tar tv 2>/dev/null; true'], head)
    expect(said.toString()).toMatch(new RegExp(`^-rw-r--r-- 0/0 +${bytes} 2026-11-21 10:30 x/large.bin\n$`))
  })
})

describe('a file that is not what the manifest says', () => {
  const files = { 'outputs/a': someBytes(100), 'outputs/b': someBytes(300_000), 'outputs/c': 'c' }
  const layout = layOut(manifestOf(files))
  const bytes = (path: string) => Buffer.from(files[path as keyof typeof files])
  const fault = (open: Parameters<typeof tarFrom>[2], offset = 0) =>
    collect(tarFrom(layout, offset, open)).then(
      () => null,
      (error: unknown) => (isArchiveFault(error) ? [error.fault, error.entry, error.message] : error),
    )

  it.each(['outputs/a', 'outputs/b'])(
    '%s breaks the tar off by name, longer, shorter, or other',
    async (name) => {
      const entry = `${FOLDER}/${name}`
      const given = (of: (whole: Buffer) => Buffer) =>
        fault(({ path }) => inTurn([path === name ? of(bytes(path)) : bytes(path)]))
      const more = await given((whole) => Buffer.concat([whole, whole]))
      expect(more).toEqual(['differs', entry, expect.stringMatching(/more than its \d+ bytes/)])
      const less = await given((whole) => whole.subarray(1))
      expect(less).toEqual(['differs', entry, expect.stringMatching(/it has \d+ bytes, and not \d+/)])
      const other = await given((whole) => Buffer.from(whole).fill(whole[9] === 1 ? 2 : 1, 9, 10))
      expect(other).toEqual(['differs', entry, expect.stringContaining('SHA-256')])
    },
  )

  it('is noticed by its length where the tar is taken up in its middle', async () => {
    const middle = (layout.entries[2]?.dataStart ?? 0) + 1_000
    expect(await fault(openFiles(files), middle)).toBeNull()
    const opened: [string, number][] = []
    const short = await fault(({ path }, from) => {
      opened.push([path, from])
      return inTurn([bytes(path).subarray(from + 1)])
    }, middle)
    expect(short).toEqual(['differs', `${FOLDER}/outputs/b`, expect.any(String)])
    expect(opened).toContainEqual(['outputs/b', 1_000])
  })

  it('passes on what opening or reading it throws, as it was', async () => {
    const broken = new Error('the store is away')
    expect(await fault(() => Promise.reject(broken))).toBe(broken)
    const breaksOff = async function* () {
      yield Buffer.alloc(10)
      throw broken
    }
    expect(await fault(breaksOff)).toBe(broken)
  })
})

describe('files are opened', () => {
  const count = 40
  const files: Files = Object.fromEntries(
    Array.from({ length: count }, (_, n) => [`outputs/${n}`, n % 5 === 4 ? someBytes(300_000) : 'small']),
  )

  it('in the order of the manifest, each once, small ones a few ahead and large ones not', async () => {
    const opened: string[] = []
    const given: string[] = []
    let ahead = 0
    const layout = layOut(manifestOf(files))
    const tar = tarFrom(layout, 0, async function* ({ path }) {
      opened.push(path)
      yield Buffer.from(files[path] ?? '')
      given.push(path)
    })
    for await (const _chunk of tar) ahead = Math.max(ahead, opened.length - given.length)
    expect(opened.toSorted()).toEqual(Object.keys(files).toSorted())
    expect(ahead).toBeLessThanOrEqual(9)
  })

  it('no more once nobody reads', async () => {
    let open = 0
    const tar = tarFrom(layOut(manifestOf(files)), 0, async function* ({ path }) {
      open++
      try {
        yield Buffer.from(files[path] ?? '')
      } finally {
        open--
      }
    })
    await tar.next()
    await tar.return(undefined)
    expect(open).toBe(0)
  })
})
