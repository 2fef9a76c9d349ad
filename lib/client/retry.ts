import { setTimeout as sleep } from 'node:timers/promises'
import { isLedgerError } from '../run/errors.ts'
import { Limit } from './limit.ts'
import type { ApiRequest, Call } from './request.ts'

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 10_000
/** A server that asks for more patience than this is told to the caller instead. */
const LONGEST_RETRY_AFTER_S = 60

/**
 * Tries again, up to `retries` times, with growing pauses or after the server's own `Retry-After`: whatever was `limited`,
 * for that was not done; and what was `unavailable`, where doing it twice does it once.
 */
export function retrying(call: Call, retries: number, signal?: AbortSignal): Call {
  return async (request, shape) => {
    for (let tries = 0; ; tries++) {
      try {
        return await call(request, shape)
      } catch (error) {
        const pauseMs = tries < retries ? pauseAfter(error, request, tries) : null
        if (pauseMs === null) throw error
        if (!(await waited(pauseMs, [signal, request.signal]))) throw error
      }
    }
  }
}

/** Whether nothing broke the wait off. */
async function waited(ms: number, signals: (AbortSignal | undefined)[]): Promise<boolean> {
  const limit = new Limit(signals)
  await sleep(ms, undefined, { signal: limit.signal }).catch(() => {})
  limit.release()
  return !limit.signal.aborted
}

function pauseAfter(error: unknown, { repeatable }: ApiRequest, tries: number): number | null {
  if (!isLedgerError(error)) return null
  if (error.code !== 'limited' && !(error.code === 'unavailable' && repeatable)) return null
  const asked = error.retryAfterSeconds
  if (asked !== undefined) return asked > LONGEST_RETRY_AFTER_S ? null : asked * 1_000 + Math.random() * 250
  return Math.min(FIRST_PAUSE_MS * 2 ** tries, LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2)
}
