import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plainLine, plainText } from '../../../lib/cli/terminal/plain-text.ts'

describe('text from the ledger', () => {
  it.each([
    ['colours and cursor moves', '\x1b[31mred\x1b[0m \x1b[2J\x1b[H!', 'red !'],
    ['a link and a window title', '\x1b]8;;http://evil\x07here\x1b]8;;\x07 \x1b]0;title\x07.', 'here .'],
    ['a bell, a backspace, a carriage return', 'a\x07b\x08c\rd', 'abcd'],
    ['eight-bit controls', 'a\u009b31mb\u0085c', 'abc'],
    ['marks that turn the order of letters', 'abc\u202egpj.exe\u2066', 'abcgpj.exe'],
    ['an escape without an end', 'a\x1b', 'a'],
  ])('loses %s', (_what, text, plain) => {
    expect(plainText(text)).toBe(plain)
  })

  it('keeps its lines, and any other letter', () => {
    expect(plainText('Überweisung\n\t株式会社 👩‍👩‍👧 é\r\n')).toBe('Überweisung\n 株式会社 👩‍👩‍👧 é\n')
  })

  it('on one line has no line break', () => {
    expect(plainLine('  a\n\n  b\r\nc ')).toBe('a b c')
  })

  it('never keeps a control character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(plainLine(text)).not.toMatch(/\p{Cc}/u)
      }),
    )
  })
})
