import type { OverlapPolicy } from './cron-job.ts'

/** What may be decided about an occurrence before anybody has looked at the job's other executions. */
export interface Arriving {
  status: 'queued' | 'missed' | 'skipped'
  reason: string | null
}

/** An execution of the job that has not ended. */
export interface OpenExecution {
  id: string
  status: 'queued' | 'running'
  scheduledFor: string | null
}

export interface Settled<A extends Arriving> {
  arriving: A
  status: A['status']
  reason: string | null
  /** Nothing is in its way: what it does may begin at once. */
  mayBegin: boolean
}

/** Executions of a job that may be open: at work, or waiting. */
export const MOST_OPEN = 100

/**
 * What occurrences become beside those that have not ended (a waiting retry is one of them). With `skip` they are skipped; among
 * themselves they never are: several that were missed run one after the other. Whatever the policy, no more than `MOST_OPEN` are open.
 */
export function settleOverlap<A extends Arriving>(
  arriving: A[],
  policy: OverlapPolicy,
  open: OpenExecution[],
): Settled<A>[] {
  let ahead = open.length
  return arriving.map((one) => {
    const as = (status: A['status'], reason = one.reason, mayBegin = false) => ({
      arriving: one,
      status,
      reason,
      mayBegin,
    })
    if (one.status !== 'queued') return as(one.status)
    const [first] = open
    if (policy === 'skip' && first) return as('skipped', stillOpen(first))
    if (ahead >= MOST_OPEN) return as('skipped', TOO_MANY)
    ahead++
    return as('queued', one.reason, policy === 'allow' || ahead === 1)
  })
}

const TOO_MANY = `${MOST_OPEN} executions of this job are at work or waiting already, and no more may be`

function stillOpen({ id, status, scheduledFor }: OpenExecution): string {
  const which = scheduledFor === null ? 'triggered by hand' : `of ${scheduledFor}`
  return `execution ${id} (${which}) is still ${status}`
}
