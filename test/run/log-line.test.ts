import { describe, expect, it } from 'vitest'
import { LogLines, MAX_LOG_LINE_BYTES } from '../../lib/run/log-line.ts'

const RUN = '01KBQK6M3V8Z5W0X2Y4A6C8E9G'
const AT = Date.parse('2026-11-22T04:18:08.123Z')
const LINE = `[2026-11-22T04:18:08.123Z] ${RUN}: `
const PIECE = `[2026-11-22T04:18:08.123Z] ${RUN}~ `

const bytes = (text: string) => Buffer.from(text)
const linesOf = (...chunks: (string | Uint8Array)[]) => {
  const lines = new LogLines(RUN)
  const out = chunks.map((chunk) => lines.add('stdout', typeof chunk === 'string' ? bytes(chunk) : chunk, AT))
  return { out: out.map(String), rest: String(lines.flushUnfinished(AT)) }
}

describe('a line of a log', () => {
  it('has the time and the run before it', () => {
    expect(linesOf('one\n\nthree\n')).toEqual({ out: [`${LINE}one\n${LINE}\n${LINE}three\n`], rest: '' })
  })

  it('is given out once it is whole, with the time of that', () => {
    const lines = new LogLines(RUN)
    expect(String(lines.add('stdout', bytes('on'), AT))).toBe('')
    expect(String(lines.add('stdout', bytes('e\ntw'), AT + 1))).toBe(
      `[2026-11-22T04:18:08.124Z] ${RUN}: one\n`,
    )
    expect(String(lines.add('stdout', bytes('o\n'), AT + 60_000))).toBe(
      `[2026-11-22T04:19:08.123Z] ${RUN}: two\n`,
    )
  })

  it('keeps its bytes, whatever they are', () => {
    const odd = Buffer.from([0x1b, 0x5b, 0x33, 0x31, 0x6d, 0, 0xff, 0xc3, 0x28, 13, 0x80, 13, 10])
    const out = new LogLines(RUN).add('stdout', odd, AT)
    expect(out.subarray(LINE.length).equals(odd)).toBe(true)
  })

  it('without an end is a piece, from which it goes on', () => {
    const lines = new LogLines(RUN)
    lines.add('stdout', bytes('Go on? '), AT)
    expect(String(lines.flushUnfinished(AT))).toBe(`${PIECE}Go on? \n`)
    expect(String(lines.flushUnfinished(AT))).toBe('')
    expect(String(lines.add('stdout', bytes('yes\n'), AT))).toBe(`${LINE}yes\n`)
  })

  it('of one stream is not cut by what another prints', () => {
    const lines = new LogLines(RUN)
    lines.add('stdout', bytes('50 %'), AT)
    expect(String(lines.add('stderr', bytes('oh\nand'), AT))).toBe(`${LINE}oh\n`)
    expect(String(lines.add('stdout', bytes(' done\n100'), AT))).toBe(`${LINE}50 % done\n`)
    expect(String(lines.flushUnfinished(AT))).toBe(`${PIECE}100\n${PIECE}and\n`)
  })

  it('does not change when the chunk it came in is used again', () => {
    const lines = new LogLines(RUN)
    const chunk = bytes('first')
    lines.add('stdout', chunk, AT)
    chunk.fill('x')
    expect(String(lines.add('stdout', bytes('\n'), AT))).toBe(`${LINE}first\n`)
  })
})

describe('a line that is too long', () => {
  const FULL = 'a'.repeat(MAX_LOG_LINE_BYTES)

  it('is kept in pieces', () => {
    expect(linesOf(`${FULL}\n`)).toEqual({ out: [`${LINE}${FULL}\n`], rest: '' })
    expect(linesOf(`${FULL}${FULL}b\n`)).toEqual({
      out: [`${PIECE}${FULL}\n${PIECE}${FULL}\n${LINE}b\n`],
      rest: '',
    })
  })

  it('is given out before its end comes', () => {
    expect(linesOf(`x\n${FULL}`, 'b', `${FULL}\n`)).toEqual({
      out: [`${LINE}x\n`, `${PIECE}${FULL}\n`, `${PIECE}b${FULL.slice(1)}\n${LINE}a\n`],
      rest: '',
    })
    expect(linesOf(`${FULL}b`)).toEqual({ out: [`${PIECE}${FULL}\n`], rest: `${PIECE}b\n` })
  })

  it('is cut the same, however it comes', () => {
    const text = bytes(`${'ab€😀'.repeat(20_000)}\nend`)
    const whole = linesOf(text)
    for (const size of [1_000, 8_191, 65_536, 100_001]) {
      const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, n) =>
        text.subarray(n * size, (n + 1) * size),
      )
      const cut = linesOf(...chunks)
      expect(cut.out.join('')).toBe(whole.out.join(''))
      expect(cut.rest).toBe(whole.rest)
    }
  })

  it('is cut between characters', () => {
    for (const text of ['é', '€', '😀', 'a😀'])
      for (const line of linesOf(`x${text.repeat(60_000)}\n`).out) expect(line).not.toContain('\uFFFD')
  })

  it('is cut anywhere where it is no UTF-8', () => {
    const { out } = linesOf(Buffer.alloc(MAX_LOG_LINE_BYTES * 2, 0x80), '\n')
    expect(out.join('').split('\n')).toHaveLength(3)
  })
})
