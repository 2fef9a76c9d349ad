import type { Context } from '../../ports/context.ts'
import { readPositions } from './read-positions.ts'

const NEWLINE = 10
/** A line is 64 KB at most, with what stands before it; more without a line's end is not a log of lines. */
const LONGEST_LINE = 80 * 1024

/** Where the last `tail` bytes before `to` begin: at the first beginning of a line among them. */
export async function tailStart(
  ctx: Context,
  runId: string,
  { tail, to }: { tail: number; to: number },
): Promise<number> {
  const first = Math.max(0, to - tail)
  if (first === 0 || tail === 0) return first
  // From the byte before, which may be a line's end.
  let at = first - 1
  for await (const piece of readPositions(ctx, runId, at, Math.min(to, at + LONGEST_LINE))) {
    const end = piece.indexOf(NEWLINE)
    // A last line that is longer than the tail is told in part, not left out.
    if (end >= 0) return at + end + 1 < to ? at + end + 1 : first
    at += piece.length
  }
  return first
}
