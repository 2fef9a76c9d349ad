import { describe, expect, it } from 'vitest'
import { fittingAnswer, jsonBytes } from '../../lib/run/answer-size.ts'

describe('what fits an answer', () => {
  it.each([
    [[], 10, 0],
    [['aaa', 'bbb'], 10, 2],
    [['aaa', 'bbb', 'c'], 10, 2],
    [['ééé', 'b'], 10, 1],
    [['\u0001', '\u0001'], 10, 1],
    [['a'.repeat(100), 'b'], 10, 1],
    [['a', 'b'.repeat(100), 'c'], 10, 1],
  ])('of %j in %i bytes: the first %i', (rows, bytes, count) => {
    expect(fittingAnswer(rows, bytes)).toEqual(rows.slice(0, count))
  })

  it('is measured in bytes of JSON', () => {
    for (const value of ['é😀', '"', '\u0001', { a: [1, null] }, '\ud800'])
      expect(jsonBytes(value)).toBe(Buffer.byteLength(JSON.stringify(value)))
  })
})
