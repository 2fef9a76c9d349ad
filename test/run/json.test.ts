import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../../lib/run/json.ts'

describe('JSON', () => {
  it('is read as JSON.parse reads it, but for whole numbers past 2^53', () => {
    const number = fc.oneof(fc.bigInt(), fc.double({ noNaN: true, noDefaultInfinity: true }))
    const spaces = fc.constantFrom('', ' ', '\n\t')
    const text = fc
      .tuple(fc.json({ stringUnit: 'binary' }), number, spaces, number, fc.string())
      .map(
        ([json, one, space, two, key]) => `{${JSON.stringify(key)}:[${json},${one},${space}${two}${space}]}`,
      )
    fc.assert(
      fc.property(text, (json) => {
        expect(parseJson(json)).toEqual(withoutLargeWholes(json))
      }),
    )
  })

  it.each([
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['-9007199254740991', Number.MIN_SAFE_INTEGER],
    ['9007199254740992', Infinity],
    ['-9007199254740993', Infinity],
    ['[12345678901234567890]', [Infinity]],
    ['{"a":[1, 1234567890123456789 ,2]}', { a: [1, Infinity, 2] }],
    ['1e400', Infinity],
    ['1e21', 1e21],
    ['"12345678901234567890"', '12345678901234567890'],
    [
      '{"12345678901234567890":"a, 12345678901234567890"}',
      { '12345678901234567890': 'a, 12345678901234567890' },
    ],
    ['["\\"", 12345678901234567890, "\\\\"]', ['"', Infinity, '\\']],
    [
      '"[12345678901234567890\\\\\\", 12345678901234567890"',
      '[12345678901234567890\\", 12345678901234567890',
    ],
  ])('%s is read as %j', (text, value) => {
    expect(parseJson(text)).toEqual(value)
  })

  it.each([
    '1234567890123456789.5',
    '1234567890123456789e3',
    '-1234567890123456789E+3',
    '0.1234567890123456789',
    '1e-12345678901234567890',
  ])('%s is a measure, and rounded as ever, also where a number beside it is too large', (text) => {
    expect(parseJson(text)).toBe(Number(text))
    expect(parseJson(`[${text}, 12345678901234567890]`)).toEqual([Number(text), Infinity])
  })

  it.each(['', '{', '"', `${'"'.repeat(100_001)}`, '[1', '1234567890123456789012,'])(
    'is not %.20s',
    (text) => {
      expect(() => parseJson(text)).toThrow(SyntaxError)
    },
  )

  it('keeps a key that objects have a meaning of their own for', () => {
    expect(Object.keys(parseJson('{"__proto__":1,"a":12345678901234567890}') as object)).toEqual([
      '__proto__',
      'a',
    ])
  })

  it('of four megabytes is read in passing', () => {
    const texts = [
      `[${'1,'.repeat(2_000_000)}12345678901234567890]`,
      `["${'1'.repeat(4_000_000)}", 12345678901234567890]`,
      `["${'\\"'.repeat(2_000_000)}", 12345678901234567890]`,
      `["${', 1234567890123456'.repeat(200_000)}"]`,
      '1'.repeat(4_000_000),
    ]
    for (const text of texts) {
      const began = performance.now()
      parseJson(text)
      expect(performance.now() - began, text.slice(0, 20)).toBeLessThan(1_000)
    }
  })
})

/** The same by what V8 tells of each number's text, which takes ten times as long. */
function withoutLargeWholes(json: string): unknown {
  const parse = JSON.parse as (
    text: string,
    reviver: (...args: [string, unknown, { source: string }]) => unknown,
  ) => unknown
  return parse(json, (_, value, { source }) =>
    typeof value === 'number' && /^-?\d+$/.test(source) && !Number.isSafeInteger(value) ? Infinity : value,
  )
}
