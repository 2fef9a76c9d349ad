import type { Claimed } from '../ledger/runs/claim-runs.ts'
import { isPassing } from '../run/errors.ts'
import { LIMITS } from '../run/limits.ts'
import type { Setting } from './options.ts'
import { pause, pauseAfter } from './pause.ts'
import type { Trouble } from './trouble.ts'

export interface Claims {
  claimed: Claimed[]
  /** They may have been held for a while: the answer took long, or an earlier one was lost on its way. */
  isOld: boolean
}

interface Claiming {
  free: number
  /** Aborts when nothing is to be taken any more. */
  stopping: AbortSignal
  /** Aborts when no answer counts any more. */
  over: AbortSignal
  trouble: Trouble
}

/** A worker that should end when there is nothing to do waits no longer than this for a ledger that has gone. */
const ONCE_PATIENCE_MS = 30_000
const LAST_ASK_MS = 3_000

/**
 * Asks for runs until the ledger answers, always under one claim id: what an answer that got lost had taken, the next one
 * brings. When told to stop in the midst of it, it asks a last time, for runs that are to be given back. Throws what the
 * ledger refuses for good.
 */
export async function claim(setting: Setting, { free, stopping, over, trouble }: Claiming): Promise<Claims> {
  const { verbs, kinds, projectId, workerId, leaseSeconds, once, pollSeconds } = setting
  const request = {
    workerId,
    claimId: setting.newId(),
    limit: Math.min(free, LIMITS.claimBatch),
    leaseSeconds,
    ...(kinds && { kinds }),
    ...(projectId !== undefined && { projectId }),
  }
  const waitSeconds = once ? 0 : pollSeconds
  const began = performance.now()
  for (let tries = 0; ; tries++) {
    try {
      const claimed = await verbs.claimRuns({ ...request, waitSeconds }, stopping)
      trouble.isOver()
      return { claimed, isOld: performance.now() - began > (leaseSeconds * 1_000) / 6 }
    } catch (error) {
      if (stopping.aborted) break
      if (!isPassing(error) || (once && performance.now() - began > ONCE_PATIENCE_MS)) throw error
      trouble.note(error)
      await pause(pauseAfter(error, tries, setting.random), stopping)
      if (stopping.aborted) break
    }
  }
  const signal = AbortSignal.any([over, AbortSignal.timeout(LAST_ASK_MS)])
  const lastAsk = verbs.claimRuns({ ...request, waitSeconds: 0 }, signal)
  return { claimed: await lastAsk.catch(() => []), isOld: true }
}
