import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { logEntryName, outputEntryName } from '../../lib/run/archive-manifest.ts'
import { unsafeNameFault } from '../../lib/run/archive-name.ts'
import { OutputPath } from '../../lib/run/output-path.ts'

describe('a name in an archive', () => {
  it.each(['a', 'outputs/a.csv', 'outputs/.2/a', '...', 'a..b/..c', 'ü/東京', 'x/a:b'])(
    '%j is safe',
    (name) => {
      expect(unsafeNameFault(name)).toBeNull()
    },
  )

  it.each([
    ...['', '/', '/a', '..', '../a', 'a/..', 'a/../b', '.', './a', 'a/./b', 'a//b', 'a/', '\\a', 'a\\..\\b'],
    ...['C:', 'c:/x', 'a\0b', '\ud800'],
  ])('%j is not', (name) => {
    expect(unsafeNameFault(name)).not.toBeNull()
  })

  it('is safe, and no other’s, for whatever an output may be called and whichever claim made it', () => {
    const path = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .filter((text) => OutputPath.safeParse(text).success)
    fc.assert(
      fc.property(
        path,
        path,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        (a, b, of, other) => {
          const name = outputEntryName(of, a)
          // A drive’s letter is only a drive at the start, and in an archive something is always before it.
          expect(unsafeNameFault(`folder/${name}`)).toBeNull()
          expect(name === outputEntryName(other, b)).toBe(a === b && of === other)
          expect([logEntryName('x.log'), logEntryName('x.log.gz'), 'MANIFEST.json']).not.toContain(name)
        },
      ),
    )
  })

  it('of a log says whether it is compressed', () => {
    expect(logEntryName('logs/3-1700000000000-x.log')).toBe('run.log')
    expect(logEntryName('logs/3-1700000000000-x~512.log.gz')).toBe('run.log.gz')
  })
})
