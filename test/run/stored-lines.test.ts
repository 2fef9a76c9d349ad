import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { logPrefix } from '../../lib/run/log-prefix.ts'
import { type LogLine, logLines, toJsonLine } from '../../lib/run/stored-lines.ts'

const AT = Date.parse('2026-11-22T04:18:08.123Z')
const ID = '01KBQK6M3V8Z5W0X2Y4A6C8E9G'

async function linesOf(...pieces: Uint8Array[]): Promise<LogLine[]> {
  const all: LogLine[] = []
  for await (const lines of logLines(ReadableStream.from<Uint8Array>(pieces))) all.push(...lines)
  return all
}

describe('the lines of a log', () => {
  it('know when they were printed, and whether they go on', async () => {
    const text = `${logPrefix(AT, ID, ':')}one\n${logPrefix(AT, ID, '~')}Password: \n[mark of ours]\n\nrest`
    const at = '2026-11-22T04:18:08.123Z'
    expect((await linesOf(Buffer.from(text))).map(toJsonLine)).toEqual([
      { at, text: 'one', cut: false },
      { at, text: 'Password: ', cut: true },
      { at: null, text: '[mark of ours]', cut: false },
      { at: null, text: '', cut: false },
      { at: null, text: 'rest', cut: false },
    ])
  })

  it('are the same however the log is cut into pieces', async () => {
    const text = Buffer.from(`${logPrefix(AT, ID, ':')}ö\n\n${logPrefix(AT, ID, ':')}二\nrest`)
    const whole = await linesOf(text)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(text.length)), async (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), text.length]
        const pieces = places.slice(1).map((end, n) => text.subarray(places[n], end))
        expect(await linesOf(...pieces)).toEqual(whole)
      }),
    )
  })

  it('know where in the log they begin, also in a part of it', async () => {
    const text = Buffer.from(`${logPrefix(AT, ID, ':')}ö\n\n${logPrefix(AT, ID, '~')}二\nrest`)
    const all: LogLine[] = []
    for await (const lines of logLines(
      ReadableStream.from<Uint8Array>([text.subarray(0, 70), text.subarray(70)]),
      1_000,
    ))
      all.push(...lines)
    expect(all.map(({ position, stored }) => text.subarray(position - 1_000).indexOf(stored))).toEqual([
      0, 0, 0, 0,
    ])
    expect(all.map(({ position }) => position)).toEqual([1_000, 1_058, 1_059, 1_118])
  })

  it('of what has no line end are cut between characters', async () => {
    const text = Buffer.from('二'.repeat(500_000))
    const lines = await linesOf(
      ...Array.from({ length: 15 }, (_, n) => text.subarray(n * 100_000, (n + 1) * 100_000)),
    )
    expect(lines.length).toBeGreaterThan(1)
    expect(lines.map((line) => line.text.toString()).join('')).toBe(text.toString())
  })

  it('of what has no line end come in pieces, not all at once', async () => {
    const piece = Buffer.alloc(300_000, 'x')
    const lines = await linesOf(...Array.from({ length: 20 }, () => piece))
    expect(lines.length).toBeGreaterThan(3)
    expect(Math.max(...lines.map(({ text }) => text.length))).toBeLessThan(2_000_000)
    expect(lines.reduce((sum, { text }) => sum + text.length, 0)).toBe(6_000_000)
  })
})
