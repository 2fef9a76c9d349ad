import { Patience } from '../../../client/patience.ts'
import type { Verbs } from '../../../client/verbs.ts'

type LogPart = Awaited<ReturnType<Verbs['readLog']>>

const LINE_END = 10
/** What a line is taken for at first; where there are fewer lines in it, more is looked through. */
const BYTES_A_LINE = 256
const LEAST_BYTES = 65_536
const GROWTH = 8
/** Some seconds in all. */
const TRIES = 3

/**
 * What there is of a run's log now: all of it, or its last `lines` lines. A body that breaks off is taken up again where it
 * was, for some seconds.
 */
export async function logPart(verbs: Verbs, id: string, lines?: number): Promise<LogPart> {
  const part = lines === undefined ? await verbs.readLog({ id }) : await lastPart(verbs, id, lines)
  return { ...part, body: whole(verbs, id, part) }
}

async function lastPart(verbs: Verbs, id: string, lines: number): Promise<LogPart> {
  const { from, to } = await lastLines(verbs, id, lines)
  if (from < to) return verbs.readLog({ id, from, to })
  return { from, to, total: to, body: nothing() }
}

async function* whole(verbs: Verbs, id: string, first: LogPart): AsyncGenerator<Uint8Array> {
  const { to } = first
  const patience = new Patience([], TRIES)
  let at = first.from
  // One of no bytes is read, too: a body that nobody reads keeps its connection.
  for (let part: LogPart | null = first; part !== null || at < to; part = null)
    try {
      const { body } = part ?? (await verbs.readLog({ id, from: at, to }))
      for await (const piece of body) {
        at += piece.length
        yield piece
        patience.went()
      }
      return
    } catch (error) {
      await patience.wait(error)
    }
}

/**
 * Where the last `lines` lines of a log begin, and where it ends now. The API knows bytes alone: so many are looked through, and
 * more, until there are enough lines in them. Nothing is kept but where lines begin.
 */
export async function lastLines(
  verbs: Verbs,
  id: string,
  lines: number,
): Promise<Pick<LogPart, 'from' | 'to'>> {
  for (let tail = lines && Math.max(LEAST_BYTES, lines * BYTES_A_LINE); ; tail *= GROWTH) {
    const part = await verbs.readLog({ id, tail })
    const begins = await lineBegins(part, lines)
    if (begins.count >= lines) return { from: begins.at(begins.count - lines) ?? part.to, to: part.to }
    if (part.from === 0) return { from: 0, to: part.to }
  }
}

/** Where the lines of a part begin; the last `kept` of them are remembered. */
async function lineBegins({ from, to, body }: LogPart, kept: number) {
  const begins = new Float64Array(Math.max(1, kept))
  let count = 0
  const add = (position: number) => {
    if (position < to) begins[count++ % begins.length] = position
  }
  add(from)
  let at = from
  for await (const piece of body) {
    for (let end = piece.indexOf(LINE_END); end !== -1; end = piece.indexOf(LINE_END, end + 1))
      add(at + end + 1)
    at += piece.length
  }
  return { count, at: (n: number) => (n < count ? begins[n % begins.length] : undefined) }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
