import type { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { LogState, LogStore } from '../../ports/log-store.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { logTopic } from './append-log.ts'
import { logState, ReadLog, refuseBoth } from './read-log.ts'
import { readPositions } from './read-positions.ts'
import { tailStart } from './tail-start.ts'

const POLL_EVERY_MS = 1_000
/** How long one stream lasts; then the reader comes back and goes on from where it was. */
export const FOLLOW_LOG_MS = 240_000

export const FollowLog = ReadLog.omit({ to: true })
export type FollowLog = z.input<typeof FollowLog>

/** A log from a position on, as it grows. */
export interface LogStream {
  /** Where in the whole log it begins. */
  from: number
  body: AsyncIterable<Uint8Array>
}

/**
 * A run's log from a position (or near its end) on, as it grows. Ends with the run, after 240 s, or when `signal` aborts:
 * whoever has not seen the end of an ended run's log asks again from where it was. The database is asked by the primary key, once
 * a second or at a hint, and once for all that ask at the same moment; a reader that falls behind holds one chunk. Throws
 * `not_found`.
 */
export async function followLog(ctx: Context, input: FollowLog, signal: AbortSignal): Promise<LogStream> {
  requireScope(ctx, 'runs:read')
  const { id, from, tail } = parseInput(FollowLog, input)
  refuseBoth(tail, from)
  const { bytes } = await logState(ctx, id)
  const start = tail === undefined ? (from ?? 0) : await tailStart(ctx, id, { tail, to: bytes })
  const until = AbortSignal.any([signal, AbortSignal.timeout(FOLLOW_LOG_MS)])
  return { from: start, body: follow(ctx, id, start, until) }
}

async function* follow(
  ctx: Context,
  id: string,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let at = from
  while (!signal.aborted) {
    const state = await sharedState(ctx, id)
    for await (const piece of readPositions(ctx, id, at, state?.bytes ?? 0)) {
      at += piece.length
      yield piece
      if (signal.aborted) return
    }
    if (state === null || (state.isFinal && at >= state.bytes)) return
    if (at >= state.bytes) await ctx.signals.wait(logTopic(id), POLL_EVERY_MS, signal)
  }
}

const asking = new WeakMap<LogStore, Map<string, Promise<LogState | null>>>()

/** Whoever asks while an answer is on its way takes that one. */
function sharedState(ctx: Context, id: string): Promise<LogState | null> {
  const questions = asking.get(ctx.logs) ?? new Map<string, Promise<LogState | null>>()
  asking.set(ctx.logs, questions)
  let question = questions.get(id)
  if (question === undefined) {
    question = ctx.logs.state(id).finally(() => questions.delete(id))
    questions.set(id, question)
  }
  return question
}
