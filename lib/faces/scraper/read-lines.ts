import { readLog } from '../../ledger/logs/read-log.ts'
import type { Context } from '../../ports/context.ts'

const MOST = 1_048_576
const NEWLINE = 10

export interface LogLines {
  lines: string[]
  offset: number
  nextOffset: number
  totalBytes: number
}

/** Whole lines of a log, from a byte on or the last ones, 1 MB at most: an answer that is JSON is made whole before it is sent. */
export async function readLines(
  ctx: Context,
  { id, offset, tail }: { id: string; offset?: number | undefined; tail: number },
): Promise<LogLines> {
  const part = await readLog(
    ctx,
    offset === undefined ? { id, tail } : { id, from: offset, to: offset + MOST },
  )
  const chunks: Uint8Array[] = []
  for await (const chunk of part.body) chunks.push(chunk)
  const read = Buffer.concat(chunks)
  const bytes = part.from + read.length < part.total ? upToLineEnd(read) : read
  const text = new TextDecoder().decode(bytes)
  return {
    lines: text === '' ? [] : text.replace(/\n$/, '').split('\n'),
    offset: part.from,
    nextOffset: part.from + bytes.length,
    totalBytes: part.total,
  }
}

/** A line that is longer than all that is read is given in pieces. */
function upToLineEnd(read: Buffer): Buffer {
  const end = read.lastIndexOf(NEWLINE)
  return end < 0 ? read : read.subarray(0, end + 1)
}
