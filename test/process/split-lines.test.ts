import fc from 'fast-check'
import { expect, it } from 'vitest'
import { splitLines } from '../../lib/process/split-lines.ts'

function split(...chunks: (string | Buffer)[]): string[] {
  const lines: string[] = []
  const splitter = splitLines((line) => lines.push(line))
  for (const chunk of chunks) splitter.push(Buffer.from(chunk))
  splitter.end()
  return lines
}

it.each([
  [['a\nb\n'], ['a', 'b']],
  [['a\r\nb'], ['a', 'b']],
  [
    ['a\r', '\nb\n'],
    ['a', 'b'],
  ],
  [['a\n\nb'], ['a', '', 'b']],
  [
    ['10%\r20%\r', '30%\n'],
    ['10%', '20%', '30%'],
  ],
  [['a\r'], ['a']],
  [['a', 'b', '\n'], ['ab']],
  [[Buffer.from([0xe2, 0x82]), Buffer.from([0xac, 0x0a])], ['€']],
  [[''], []],
])('%j is the lines %j', (chunks, lines) => {
  expect(split(...chunks)).toEqual(lines)
})

it('a line without end is given out in pieces of 64 K, and none of it is lost', () => {
  const lines = split(...Array.from({ length: 50 }, () => 'x'.repeat(10_000)), '\nnext')
  expect(lines.map((line) => line.length)).toEqual([...Array(7).fill(65_536), 500_000 - 7 * 65_536, 4])
  expect(split(`${'y'.repeat(200_000)}\n`).map((line) => line.length)).toEqual([65_536, 65_536, 65_536, 3392])
})

it('however the bytes are cut, the lines are the same', () => {
  const text = fc.array(fc.constantFrom('a', '€', '\n', '\r', '\r\n', '😀')).map((parts) => parts.join(''))
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 5 }), (whole, size) => {
      const bytes = Buffer.from(whole)
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      )
      expect(split(...chunks)).toEqual(split(whole))
    }),
  )
})

it('a chunk of nothing but returns costs no time', () => {
  const began = performance.now()
  split('\r'.repeat(1_000_000), 'x'.repeat(10), '\r'.repeat(1_000_000), '\n')
  expect(performance.now() - began).toBeLessThan(5_000)
})
