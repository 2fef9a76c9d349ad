import { stripVTControlCharacters } from 'node:util'
import { z } from 'zod'
import type { LogBlock } from '../../run/log-blocks.ts'
import { type LogLine, logLines } from '../../run/stored-lines.ts'

/** A line with what was looked for. */
export const LogMatch = z.object({
  position: z.number().int().meta({ description: 'Where in the log the line begins, in bytes' }),
  at: z.string().nullable().meta({ description: 'When it was printed; null where nobody knows' }),
  text: z.string().meta({
    description: 'The line, without its colours; of a long one the part around what was found',
  }),
  hit: z.tuple([z.number().int(), z.number().int()]).meta({
    description: 'Where in `text` that begins and ends, in UTF-16 units',
    example: [3, 8],
  }),
})
export type LogMatch = z.output<typeof LogMatch>

/** A match, and the position at which the next line begins. */
interface Found {
  match: LogMatch
  end: number
}

const ESCAPE = 27
const BEFORE = 80
const SHOWN = 400

/** Finds a text in the lines of one log, block by block: most blocks are passed over as they are, and only the others read line by line. */
export class LineFinder {
  readonly #needle: string
  readonly #pieceMark: Buffer
  /** The end of what was printed before, where it goes on in the next line. */
  #carried = ''

  constructor(text: string, runId: string) {
    this.#needle = text.toLowerCase()
    this.#pieceMark = Buffer.from(`${runId}~ `)
  }

  async *find(block: LogBlock): AsyncGenerator<Found> {
    const { bytes, position, isOpen } = block
    const isPlain = this.#carried === '' && !isOpen && !bytes.includes(this.#pieceMark)
    if (isPlain && !printed(bytes).toLowerCase().includes(this.#needle)) return
    for await (const lines of logLines(ReadableStream.from<Uint8Array>([bytes]), position))
      for (const line of lines) {
        const end = line.position + line.stored.length + 1
        const isCut = line.cut || (isOpen && end > position + bytes.length)
        const match = this.#matchIn(line, isCut)
        if (match !== null) yield { match, end }
      }
  }

  #matchIn({ text: bytes, position, at }: LogLine, isCut: boolean): LogMatch | null {
    const text = printed(bytes)
    const before = this.#carried
    const all = before + text.toLowerCase()
    const found = all.indexOf(this.#needle)
    this.#carried = isCut && this.#needle.length > 1 ? all.slice(1 - this.#needle.length) : ''
    if (found < 0) return null
    const start = Math.max(0, found - before.length)
    const end = Math.max(0, found + this.#needle.length - before.length)
    const first = start > BEFORE ? start - BEFORE : 0
    return { position, at, text: text.slice(first, first + SHOWN), hit: [start - first, end - first] }
  }
}

/** What was printed, without what only colours it. */
function printed(bytes: Buffer): string {
  const text = bytes.toString()
  return bytes.includes(ESCAPE) ? stripVTControlCharacters(text) : text
}
