import type { Verbs } from '../../../client/verbs.ts'
import { isLedgerError } from '../../../run/errors.ts'
import { type LogLine, logLines } from '../../../run/stored-lines.ts'
import { logPart } from './log-part.ts'

/** A run's log for whoever watches the run: what there was at first, and what comes. */
export interface TailedLog {
  past: AsyncIterable<LogLine[]>
  /** From where `past` has ended. */
  rest(signal: AbortSignal): AsyncIterable<LogLine[]>
}

/**
 * The log of a run that is watched. Where it cannot be read (its store is away) it says so once and ends: how the run goes on
 * is still to be seen.
 */
export async function tailLog(verbs: Verbs, { id, lines, signal, warn }: TailLogOptions): Promise<TailedLog> {
  let isLost = false
  const lose = (error: unknown) => {
    if (!isLedgerError(error)) throw error
    if (!signal.aborted) warn(`the log cannot be read: ${error.message}`)
    isLost = true
  }
  async function* tolerant(open: () => Promise<{ body: AsyncIterable<Uint8Array> }>) {
    try {
      if (!isLost) yield* logLines((await open()).body)
    } catch (error) {
      lose(error)
    }
  }
  const part = await logPart(verbs, id, lines).catch(lose)
  return {
    past: tolerant(async () => part ?? { body: nothing() }),
    rest: (until) => tolerant(() => verbs.followLog({ id, from: part?.to ?? 0 }, until)),
  }
}

interface TailLogOptions {
  id: string
  /** Undefined: all there is. */
  lines: number | undefined
  signal: AbortSignal
  warn: (message: string) => void
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
