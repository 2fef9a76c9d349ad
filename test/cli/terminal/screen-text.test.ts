import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ScreenText } from '../../../lib/cli/terminal/screen-text.ts'

const [RED, BOLD, OFF] = ['\x1b[31m', '\x1b[1m', '\x1b[0m']
const shown = (...lines: string[]) => {
  const screen = new ScreenText(true)
  return lines.map((line) => screen.line(line))
}

describe('what a program has printed, on a screen', () => {
  it('keeps its colours, and leaves none behind', () => {
    expect(shown(`${RED}no${OFF} yes`, 'plain')).toEqual([`${RED}no${OFF} yes${OFF}`, 'plain'])
    expect(shown(`\x1b[38;5;208;48:2::1:2:3mx`)).toEqual([`\x1b[38;5;208;48:2::1:2:3mx${OFF}`])
  })

  it('carries colours on over lines until they are switched off', () => {
    expect(shown(`${RED}a`, `b${BOLD}`, 'c', `d${OFF}e`, 'f')).toEqual([
      `${RED}a${OFF}`,
      `${RED}b${BOLD}${OFF}`,
      `${RED}${BOLD}c${OFF}`,
      `${RED}${BOLD}d${OFF}e${OFF}`,
      'f',
    ])
    expect(shown('\x1b[0;32ma', 'b\x1b[m', 'c')).toEqual([
      `\x1b[0;32ma${OFF}`,
      `\x1b[0;32mb\x1b[m${OFF}`,
      'c',
    ])
  })

  it('never repeats more than a few of them', () => {
    const screen = new ScreenText(true)
    for (let n = 0; n < 1_000; n++) screen.line('\x1b[38;2;1;2;3m')
    expect(screen.line('x').length).toBeLessThan(200)
  })

  it.each([
    ['a cursor that moves', 'a\x1b[2J\x1b[H\x1b[3Ab', 'ab'],
    ['a title and a link', '\x1b]0;title\x07a\x1b]8;;http://evil\x07b\x1b]8;;\x07', 'ab'],
    ['a bell, a backspace, eight-bit controls', 'a\x07\x08\u009b31m\u0085b', 'ab'],
    ['marks that turn the order of letters', 'abc\u202egpj.exe', 'abcgpj.exe'],
    ['an escape without an end', 'a\x1b', 'a'],
    ['a sequence that looks like a colour and is none', 'a\x1b[?1mb', 'ab'],
    ['what was written over', ' 10 %\r 50 %\r100 %', '100 %'],
    ['the end of a line of Windows', 'text\r', 'text'],
    ['what was written over by nothing', 'text\r\x1b[K\r', 'text'],
  ])('loses %s', (_what, text, plain) => {
    expect(shown(text)).toEqual([plain])
  })

  it('keeps tabs and any other letter', () => {
    expect(shown('a\tb\t株式会社 👩‍👩‍👧')).toEqual(['a\tb\t株式会社 👩‍👩‍👧'])
  })

  it('knows what colour holds where text was written over', () => {
    expect(shown(`${RED}a\rb`)).toEqual([`${RED}b${OFF}`])
  })

  it('without colours has none', () => {
    expect(new ScreenText(false).line(`${RED}a\t${OFF}b`)).toBe('a\tb')
  })

  it('never keeps a control character but tabs and colours', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\x1b[', '\x1b]', RED, '\r', 'm', '\x9b'),
    )
    fc.assert(
      fc.property(fc.array(text), (parts) => {
        const [line = ''] = shown(parts.join('').replaceAll('\n', ''))
        // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what may stay
        expect(line.replaceAll(/\x1b\[[\d;:]*m|\t/g, '')).not.toMatch(/\p{Cc}/u)
      }),
    )
  })
})
