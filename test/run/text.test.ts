import { describe, expect, it } from 'vitest'
import { isStorable, Line } from '../../lib/run/text.ts'

describe('text', () => {
  it.each(['', 'plain', 'two\nlines\t', 'Ω 😀 \uFFFD \uFEFF'])('that every database keeps: %j', (text) => {
    expect(isStorable(text)).toBe(true)
  })

  it.each(['\u0000', 'a\u0000b', '\uD800', 'a\uDC00', '\uDE00\uD83D'])('that none keeps: %j', (text) => {
    expect(isStorable(text)).toBe(false)
  })

  it.each(['', 'a\nb', 'a\rb', 'a\tb', 'a\u0000', '\u007f', '\u009f', '\uD83D'])(
    'that is no line: %j',
    (text) => {
      expect(Line.safeParse(text).success).toBe(false)
    },
  )

  it.each(['a', 'José’s laptop 💻', '  '])('that is a line: %j', (text) => {
    expect(Line.parse(text)).toBe(text)
  })
})
