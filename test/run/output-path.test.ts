import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { folderName } from '../../lib/run/folder.ts'
import { fileNameOf, fromOutputKey, OutputPath, outputKey } from '../../lib/run/output-path.ts'

const FOLDER = folderName('01KBQK6M3V8Z5W0X2Y4A6C8E9G', '2026-11-21T10:30:00.000Z')
const LONGEST = `${'a'.repeat(255)}/${'b'.repeat(255)}/${'c'.repeat(255)}/${'d'.repeat(132)}`

const REFUSED: [path: string, why: string][] = [
  ['', 'empty'],
  ['/', 'begin with /'],
  ['/etc/passwd', 'begin with /'],
  ['//server/share', 'begin with /'],
  ['..', '. or ..'],
  ['../a', '. or ..'],
  ['a/../../b', '. or ..'],
  ['a/..', '. or ..'],
  ['.', '. or ..'],
  ['./a', '. or ..'],
  ['a/./b', '. or ..'],
  ['a//b', 'empty segments'],
  ['a/', 'end with /'],
  ['a\\b', 'backslashes'],
  ['..\\..\\windows', 'backslashes'],
  ['C:\\x', 'backslashes'],
  ['.2', 'later attempts'],
  ['.2/a', 'later attempts'],
  ['.007/a', 'later attempts'],
  ['a\u0000b', 'control'],
  ['a\nb', 'control'],
  ['a\r', 'control'],
  ['\u001b[31mred', 'control'],
  ['a\u007f', 'control'],
  ['a\u0085b', 'control'],
  ['a\u2028b', 'control'],
  ['invoice\u202Egpj.exe', 'direction'],
  ['a\u200F', 'direction'],
  ['\u2066a\u2069', 'direction'],
  ['a\ud800', 'surrogate'],
  ['\udfffa', 'surrogate'],
  ['a'.repeat(256), 'over 255 bytes'],
  ['ü'.repeat(128), 'over 255 bytes'],
  [`${LONGEST}e`, 'over 900 bytes'],
  ['a/'.repeat(10_000), 'over 900 bytes'],
]

const KEPT = [
  'a',
  'reports/2026/customers.csv',
  '...',
  '..a',
  'a..',
  '.hidden',
  '.2a/b',
  'a/.2',
  '-rf',
  ' a ',
  'a b/%2e%2e/c',
  'C:/x',
  'über/株式 100%.csv',
  '👩‍👩‍👧.png',
  'a:commit',
  '?*<>|"',
  LONGEST,
  'a'.repeat(255),
]

describe('the name of an output', () => {
  it.each(REFUSED)('%j is refused: %s', (path, why) => {
    const { success, error } = OutputPath.safeParse(path)
    expect(success).toBe(false)
    expect(error?.issues[0]?.message).toContain(why)
  })

  it.each(KEPT)('%j stays as it is', (path) => {
    expect(OutputPath.parse(path)).toBe(path)
  })

  it('composed in one way or another is one, in NFC', () => {
    const [nfc, nfd] = ['é.csv', 'e\u0301.csv']
    expect(nfc).not.toBe(nfd)
    expect([OutputPath.parse(nfc), OutputPath.parse(nfd)]).toEqual([nfc, nfc])
    // Two signs of one letter.
    expect(OutputPath.parse('\u212B')).toBe('\u00C5')
  })

  it('that looks like another is another', () => {
    const twins = ['a', 'A', 'а', 'ａ', 'ﬁ', 'fi', 'ı', 'i', 'a\u200Db', 'ab']
    expect(new Set(twins.map((twin) => OutputPath.parse(twin))).size).toBe(twins.length)
  })

  it('makes a key that never leaves the folder of the run, nor another attempt’s, whatever it is', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc
        .array(fc.constantFrom('..', '.', '', 'a', '.2', '/', '\\', '\u0000', 'é'), { maxLength: 8 })
        .map((all) => all.join('/')),
    )
    fc.assert(
      fc.property(text, fc.constantFrom(1, 2, 70), (given, fence) => {
        const { success, data } = OutputPath.safeParse(given)
        if (!success) return
        expect(OutputPath.parse(data)).toBe(data)
        const below = fence === 1 ? `jobs/${FOLDER}/` : `jobs/${FOLDER}/.${fence}/`
        const key = outputKey(FOLDER, fence, data)
        expect(key).toBe(below + data)
        expect(
          new URL(
            encodeURI(key).replaceAll('?', '%3F').replaceAll('#', '%23'),
            'http://a/',
          ).pathname.startsWith(`/${below}`),
        ).toBe(true)
        expect(fromOutputKey(key)).toEqual({ runId: FOLDER.slice(16), fence, path: data })
        if (fence === 1) expect(key).not.toMatch(/^jobs\/[^/]+\/\.\d+(\/|$)/)
        expect(new TextEncoder().encode(key).length).toBeLessThanOrEqual(1_024)
      }),
      { numRuns: 2_000 },
    )
  })

  it('is short enough for a key, with the largest fence before it', () => {
    const key = outputKey(FOLDER, 2 ** 31 - 1, LONGEST)
    expect(new TextEncoder().encode(key).length).toBeLessThanOrEqual(1_024)
  })

  it.each(['jobs/', `jobs/${FOLDER}`, `jobs/${FOLDER}/`, `logs/${FOLDER}/a`, 'jobs/a/b'])(
    'is not in the key %s',
    (key) => {
      expect(fromOutputKey(key)).toBeNull()
    },
  )

  it('ends in the name it is saved by', () => {
    expect([fileNameOf('a'), fileNameOf('a/b/ü.csv')]).toEqual(['a', 'ü.csv'])
  })
})
