import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LocalClock } from '../../../lib/cli/terminal/local-clock.ts'
import { type LogLine, logLines, toJsonLine } from '../../../lib/cli/terminal/log-lines.ts'
import { logPrefix } from '../../../lib/run/log-prefix.ts'

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

  it('of what has no line end come in pieces, not all at once', async () => {
    const piece = Buffer.alloc(300_000, 'x')
    const lines = await linesOf(...Array.from({ length: 20 }, () => piece))
    expect(lines.length).toBeGreaterThan(3)
    expect(Math.max(...lines.map(({ text }) => text.length))).toBeLessThan(2_000_000)
    expect(lines.reduce((sum, { text }) => sum + text.length, 0)).toBe(6_000_000)
  })
})

describe('a local clock', () => {
  it('tells the date where it is another than before', () => {
    const clock = new LocalClock((_look, text) => `<${text}>`, new Date(2026, 10, 22, 12))
    const tell = (...parts: [number, number, number, number]) =>
      clock.tell(new Date(...parts, 5, 9).toISOString())
    expect(tell(2026, 10, 22, 4)).toBe('<04:05:09>')
    expect(tell(2026, 10, 9, 23)).toBe('<2026-11-09>\n<23:05:09>')
    expect(tell(2026, 10, 9, 23)).toBe('<23:05:09>')
    expect(tell(2026, 10, 22, 0)).toBe('<2026-11-22>\n<00:05:09>')
  })
})
