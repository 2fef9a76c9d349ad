import { readLog } from '../../ledger/logs/read-log.ts'
import type { Context } from '../../ports/context.ts'
import { jsonBytes } from '../../run/answer-size.ts'
import { LIMITS } from '../../run/limits.ts'

const MOST = 1_048_576
const NEWLINE = 10

export interface LogLines {
  lines: string[]
  offset: number
  nextOffset: number
  totalBytes: number
}

/**
 * Whole lines of a log, from a byte on or the last ones, 1 MB at most, and less where an answer could not hold it: one that is JSON is made
 * whole before it is sent.
 */
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
  const isWhole = part.from + read.length >= part.total
  let from = part.from
  let bytes = isWhole ? read : upToLineEnd(read)
  // What is no text grows where it is written as JSON.
  while (jsonBytes(linesOf(bytes)) > LIMITS.answerBytes) {
    const half = bytes.length >> 1
    const kept =
      offset === undefined ? fromLineStart(bytes.subarray(half)) : upToLineEnd(bytes.subarray(0, half))
    if (offset === undefined) from += bytes.length - kept.length
    bytes = kept
  }
  return { lines: linesOf(bytes), offset: from, nextOffset: from + bytes.length, totalBytes: part.total }
}

function linesOf(bytes: Buffer): string[] {
  const text = new TextDecoder().decode(bytes)
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

/** A line that is longer than all that is read is given in pieces. */
function upToLineEnd(read: Buffer): Buffer {
  const end = read.lastIndexOf(NEWLINE)
  return end < 0 ? read : read.subarray(0, end + 1)
}

function fromLineStart(read: Buffer): Buffer {
  const end = read.indexOf(NEWLINE)
  return end < 0 || end === read.length - 1 ? read : read.subarray(end + 1)
}
