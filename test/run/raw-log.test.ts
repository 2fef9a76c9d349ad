import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LogLines, MAX_LOG_LINE_BYTES } from '../../lib/run/log-line.ts'
import { rawLog } from '../../lib/run/raw-log.ts'

const RUN = '01KBQK6M3V8Z5W0X2Y4A6C8E9G'
const AT = Date.parse('2026-11-22T04:18:08.123Z')
const PREFIX = `[2026-11-22T04:18:08.123Z] ${RUN}`

async function raw(...chunks: (string | Uint8Array)[]): Promise<Buffer> {
  const bytes = chunks.map((chunk) => Uint8Array.from(Buffer.from(chunk)))
  return Buffer.from(await new Response(ReadableStream.from(bytes).pipeThrough(rawLog())).arrayBuffer())
}

/** The log of one stream that printed these chunks. */
function logOf(...chunks: Uint8Array[]): Buffer {
  const lines = new LogLines(RUN)
  return Buffer.concat([
    ...chunks.map((chunk, n) => lines.add('stdout', chunk, AT + n)),
    lines.flushUnfinished(AT),
  ])
}

function cut(bytes: Uint8Array, sizes: number[]): Uint8Array[] {
  const chunks: Uint8Array[] = []
  let at = 0
  for (let n = 0; at < bytes.length; n++) {
    const size = sizes[n % sizes.length] ?? bytes.length
    chunks.push(bytes.subarray(at, at + size))
    at += size
  }
  return chunks
}

// Of what has a meaning here there is more than chance would give.
const printed = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
      fc
        .constantFrom(
          '\n',
          '\r\n',
          '\n\n',
          'a',
          'é😀',
          '\u001b[31m',
          `${PREFIX}: `,
          `${PREFIX}~ `,
          '[',
          '~ ',
          ': ',
        )
        .map((text) => Buffer.from(text)),
    ),
    { maxLength: 40 },
  )
  .map((parts) => Buffer.concat(parts))
const sizes = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 8 })

describe('a log made raw', () => {
  it('is what was printed', () =>
    fc.assert(
      fc.asyncProperty(printed, sizes, sizes, async (text, written, read) => {
        const out = await raw(...cut(logOf(...cut(text, written)), read))
        expect(out.equals(text)).toBe(true)
      }),
      { numRuns: 1_000 },
    ))

  it('is what was printed, when it waited now and then within a line', () =>
    fc.assert(
      fc.asyncProperty(printed, sizes, sizes, async (text, written, read) => {
        const lines = new LogLines(RUN)
        const log = cut(text, written).flatMap((chunk, n) => [
          lines.add('stdout', chunk, AT + n),
          n % 3 === 0 ? lines.flushUnfinished(AT) : Buffer.alloc(0),
        ])
        const out = await raw(...cut(Buffer.concat([...log, lines.flushUnfinished(AT)]), read))
        expect(out.equals(text)).toBe(true)
      }),
    ))

  it('has the lines of two streams whole, in the order in which they ended', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(fc.boolean(), fc.string({ unit: fc.constantFrom(...'ab\n\u0000é'), maxLength: 12 })),
        ),
        sizes,
        async (writes, read) => {
          const lines = new LogLines(RUN)
          const pending: [string, string] = ['', '']
          const expected: string[] = []
          const log = writes.map(([isError, text]) => {
            const stream = isError ? 1 : 0
            const ended = (pending[stream] + text).split('\n')
            pending[stream] = ended.pop() ?? ''
            expected.push(...ended.map((line) => `${line}\n`))
            return lines.add(isError ? 'stderr' : 'stdout', Buffer.from(text), AT)
          })
          const whole = Buffer.concat(log)
          expect(String(await raw(...cut(whole, read)))).toBe(expected.join(''))
          const rests = String(await raw(lines.flushUnfinished(AT)))
          expect([pending.join(''), pending.toReversed().join('')]).toContain(rests)
        },
      ),
    ))

  it('has long lines in one piece', async () => {
    const text = Buffer.from(`${'é'.repeat(MAX_LOG_LINE_BYTES * 2)}x\ny${'z'.repeat(MAX_LOG_LINE_BYTES)}`)
    const log = logOf(...cut(text, [65_536]))
    expect(log.toString('latin1').match(/~ /g)?.length).toBeGreaterThan(4)
    for (const size of [1_000, 65_536, 1_000_000])
      expect((await raw(...cut(log, [size]))).equals(text)).toBe(true)
  })

  it.each([
    ['a mark of ours', '[runledger: the log is cut here, at 256 MB]\n'],
    ['the middle of a line', 'he end of a line\n'],
    ['the middle of a prefix', `08.123Z] ${RUN}: text\n`],
    ['half a prefix', `${PREFIX.slice(0, 40)}`],
    ['a prefix with a line end in it', `${PREFIX}\n: text\n`],
    ['what is no prefix', `[2026-11-22 04:18:08] ${RUN}: text\n[x] y: z\n`],
    ['nothing', ''],
  ])('keeps %s as it is', async (_, text) => {
    for (const size of [1, 7, 1_000]) expect(String(await raw(...cut(Buffer.from(text), [size])))).toBe(text)
    expect(String(await raw(`${text}\n${PREFIX}: next\n`))).toBe(`${text}\nnext\n`)
  })

  it('is without one prefix a line: the text may begin like one', async () => {
    expect(String(await raw(`${PREFIX}: ${PREFIX}: nested\n`))).toBe(`${PREFIX}: nested\n`)
  })
})
