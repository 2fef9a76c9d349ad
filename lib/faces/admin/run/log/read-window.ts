import { buffer } from 'node:stream/consumers'
import { z } from 'zod'
import { readLog } from '../../../../ledger/logs/read-log.ts'
import { parseInput } from '../../../../ledger/parse-input.ts'
import type { Context } from '../../../../ports/context.ts'
import { type LogLine, logLines } from '../../../../run/stored-lines.ts'

const NO_POSITION = 'is a position in the log, in bytes: a whole number'
const Position = z.coerce
  .number({ error: NO_POSITION })
  .int(NO_POSITION)
  .min(0, NO_POSITION)
  .max(Number.MAX_SAFE_INTEGER, NO_POSITION)
  .optional()

/** Which part of a log: of several, the first that is given; of none, its end. All are positions in bytes. */
export const AskedWindow = z.object({
  /** The lines around this one. */
  at: Position,
  /** The lines up to this one. */
  before: Position,
  /** The lines from this one on. */
  from: Position,
})
export type AskedWindow = z.output<typeof AskedWindow>

/** A part of a log, as it is shown at once. */
export interface LogWindow {
  from: number
  to: number
  /** Of the whole log. */
  total: number
  lines: LogLine[]
}

/** What a page shows at first, and each time more is asked for. */
export const WINDOW_BYTES = 32_768
const LINE_END = 10

export const askedWindow = (query: Record<string, string>): AskedWindow => parseInput(AskedWindow, query)

/** The whole lines of a part of a log: 32 KB, however long the log is. Throws as `readLog` does. */
export async function readWindow(ctx: Context, id: string, asked: AskedWindow): Promise<LogWindow> {
  const { total } = await readLog(ctx, { id, from: 0, to: 0 })
  const { first, last } = partOf(asked, total)
  // From the byte before, which may be a line's end.
  const from = asked.from === first || first === 0 ? first : first - 1
  const text = await buffer((await readLog(ctx, { id, from, to: last })).body)
  const start = from === first ? 0 : afterLineEnd(text)
  const end = last === total ? text.length : beforeRest(text, start)
  const lines: LogLine[] = []
  const part = ReadableStream.from<Uint8Array>([text.subarray(start, end)])
  for await (const some of logLines(part, from + start)) lines.push(...some)
  return { from: from + start, to: from + end, total, lines }
}

function partOf({ at, before, from }: AskedWindow, total: number): { first: number; last: number } {
  const within = (position: number) => Math.min(Math.max(0, position), total)
  if (at !== undefined)
    return { first: within(Math.min(at, total) - WINDOW_BYTES / 2), last: within(at + WINDOW_BYTES / 2) }
  if (from !== undefined) return { first: from, last: within(Math.max(from, from + WINDOW_BYTES)) }
  const last = within(before ?? total)
  return { first: within(last - WINDOW_BYTES), last }
}

/** Where the first whole line begins; of a line that is longer than all of it, its first byte that was asked for. */
function afterLineEnd(text: Buffer): number {
  const end = text.indexOf(LINE_END)
  return end < 0 || end + 1 >= text.length ? Math.min(1, text.length) : end + 1
}

/** Where the last whole line ends; of a line that is longer than all of it, the end of what there is. */
function beforeRest(text: Buffer, start: number): number {
  const end = text.lastIndexOf(LINE_END) + 1
  return end > start ? end : text.length
}
