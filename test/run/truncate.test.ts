import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_ERROR_BYTES, truncateEnd, truncateMiddle } from '../../lib/run/truncate.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text).length
const NOTE = /\n… \d+ bytes left out …\n/
/** Any text: pieces of several bytes, halves of surrogate pairs, NUL and byte order marks among them. */
const pieces = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('a', 'é', '€', '😀', '👩‍👩‍👧', '\uFEFF', '\uD83D', '\uDE00', '\u0000', '\n'),
)
const texts = fc.array(pieces, { maxLength: 150 }).map((all) => all.join(''))
const limits = fc.integer({ min: 64, max: 300 })
const cleaned = (text: string) => text.replaceAll('\u0000', '\uFFFD').toWellFormed()

describe('a text cut in its middle', () => {
  it('never takes more bytes than allowed', () => {
    fc.assert(
      fc.property(texts, limits, (text, max) => {
        expect(bytesOf(truncateMiddle(text, max))).toBeLessThanOrEqual(max)
      }),
    )
  })

  it('is the head and the tail of the text, whole characters each, around a note', () => {
    fc.assert(
      fc.property(texts, limits, (text, max) => {
        const cut = truncateMiddle(text, max)
        fc.pre(bytesOf(cleaned(text)) > max)
        const [head = '', tail = ''] = cut.split(NOTE)
        expect(cleaned(text).startsWith(head)).toBe(true)
        expect(cleaned(text).endsWith(tail)).toBe(true)
        expect(cut.isWellFormed()).toBe(true)
        // No more than a character is given away at each cut.
        expect(bytesOf(cut)).toBeGreaterThan(max - 8)
      }),
    )
  })

  it('holds neither NUL nor half of a surrogate pair, short or long', () => {
    fc.assert(
      fc.property(texts, limits, (text, max) => {
        const cut = truncateMiddle(text, max)
        expect(cut).not.toContain('\u0000')
        expect(cut.isWellFormed()).toBe(true)
      }),
    )
  })

  it('is the text itself when that fits, to the byte', () => {
    const text = '€'.repeat(100)
    expect(truncateMiddle(text, 300)).toBe(text)
    expect(truncateMiddle(text, 299)).toMatch(NOTE)
    expect(truncateMiddle('')).toBe('')
  })

  it('keeps as much of the head as of the tail', () => {
    const [head = '', tail = ''] = truncateMiddle('h'.repeat(50_000) + 't'.repeat(50_000)).split(NOTE)
    expect(head).toMatch(/^h+$/)
    expect(tail).toMatch(/^t+$/)
    expect(head.length - tail.length).toBeLessThanOrEqual(1)
    expect(head.length + tail.length).toBeGreaterThan(MAX_ERROR_BYTES - 64)
  })

  it('keeps a byte order mark at either cut', () => {
    const cut = truncateMiddle('\uFEFF'.repeat(200), 120)
    expect(cut.replace(NOTE, '')).toMatch(/^\uFEFF{20,}$/)
  })

  it('is cut to 16 KB unless told otherwise', () => {
    expect(MAX_ERROR_BYTES).toBe(16 * 1_024)
    expect(bytesOf(truncateMiddle('😀'.repeat(10_000)))).toBeLessThanOrEqual(16_384)
  })
})

describe('a text cut at its end', () => {
  it('is the text itself where it fits; else its head, whole characters, and a note', () => {
    expect(truncateEnd('aß', 3)).toBe('aß')
    const cut = truncateEnd('😀'.repeat(10_000))
    expect(cut).toMatch(/^(😀)+\n… \d+ bytes left out …$/u)
    expect(bytesOf(cut)).toBeLessThanOrEqual(MAX_ERROR_BYTES)
  })
})
