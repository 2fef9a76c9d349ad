import { describe, expect, it } from 'vitest'
import { RunInput, RunName } from '../../../lib/ledger/runs/run-input.ts'
import { LIMITS } from '../../../lib/run/limits.ts'

const faultOf = (value: unknown) => RunInput.safeParse(value).error?.issues.map(({ message }) => message)
const nested = (depth: number) => JSON.parse('['.repeat(depth) + ']'.repeat(depth))

describe('an input', () => {
  it.each([null, true, 0, -1.5e-7, '', 'text', [], {}, { a: [{ b: null }] }])('may be %j', (value) => {
    expect(RunInput.parse(value)).toEqual(value)
  })

  it('is measured in bytes of its JSON', () => {
    const most = LIMITS.inputBytes - 2
    expect(faultOf('x'.repeat(most))).toBeUndefined()
    expect(faultOf('x'.repeat(most + 1))).toEqual([expect.stringContaining(`${LIMITS.inputBytes + 1}`)])
    expect(faultOf('é'.repeat(most / 2))).toBeUndefined()
    expect(faultOf(`${'é'.repeat(most / 2)}x`)).toHaveLength(1)
    expect(faultOf('"'.repeat(most / 2))).toBeUndefined()
    expect(faultOf(`${'"'.repeat(most / 2)}x`)).toHaveLength(1)
  })

  it('is at most 200 levels deep, so that nothing which reads it runs out of stack', () => {
    expect(faultOf(nested(200))).toBeUndefined()
    expect(faultOf({ a: nested(199) })).toBeUndefined()
    expect(faultOf(nested(201))).toEqual(['must be at most 200 levels deep; this is 201'])
    expect(faultOf({ a: nested(200) })).toHaveLength(1)
    expect(faultOf(nested(100_000))).toHaveLength(1)
  })

  it('is as deep as its brackets, not those in its texts', () => {
    const text = '[{'.repeat(1_000)
    expect(faultOf([text, { [text]: `"${text}\\"${text}` }, `${text}\\`])).toBeUndefined()
    expect(faultOf(Array.from({ length: 1_000 }, () => [[]]))).toBeUndefined()
  })

  it('names the first number that is too large for it', () => {
    const [fault, ...more] = RunInput.safeParse({ a: [1, { b: -Infinity }, Infinity] }).error?.issues ?? []
    expect(fault).toMatchObject({ path: ['a', '1', 'b'], message: expect.stringContaining('as a string') })
    expect(more).toEqual([])
  })

  it.each([
    ['a function', () => 1],
    ['a bigint', 1n],
    ['a circle', circle()],
  ])('is not %s', (_, value) => {
    expect(faultOf(value)).toEqual([expect.stringContaining('must be JSON')])
  })

  it.each([
    ['NUL in a text', { a: ['b\u0000'] }],
    ['NUL in a key', { 'a\u0000': 1 }],
    ['the first half of a surrogate pair', 'a\uD83D'],
    ['the second', { a: '\uDE00b' }],
    ['one after a backslash', '\\\u0000'],
  ])('has no %s', (_, value) => {
    expect(faultOf(value)).toEqual([expect.stringContaining('no database keeps')])
  })

  it.each(['\\u0000', '\\\\u0000', '\\ud83d', 'C:\\\\udders', '😀', '\uFFFD'])(
    'may hold the text %j, which only looks like that',
    (text) => {
      expect(RunInput.parse({ [text]: text })).toEqual({ [text]: text })
    },
  )
})

describe('a name', () => {
  it('is one line of text', () => {
    for (const name of ['a', 'The nightly one 😀', 'x'.repeat(200)])
      expect(RunName.safeParse(name).success, name).toBe(true)
    for (const name of ['', 'two\nlines', '\u0000', '\uD83D', 'x'.repeat(201)])
      expect(RunName.safeParse(name).success, name).toBe(false)
  })
})

function circle(): object {
  const self: { self?: object } = {}
  self.self = self
  return self
}
