import { alertCalls } from './alert-calls.ts'
import { archiveCalls } from './archive-calls.ts'
import { backupCalls } from './backup-calls.ts'
import { cronCalls } from './cron-calls.ts'
import { deletionCalls } from './deletion-calls.ts'
import { followRemote } from './follow-remote.ts'
import { keyCalls } from './key-calls.ts'
import { logCalls } from './log-calls.ts'
import { outputCalls } from './output-calls.ts'
import { connect, type RemoteOptions } from './request.ts'
import { retentionCalls } from './retention-calls.ts'
import { retrying } from './retry.ts'
import { runCalls } from './run-calls.ts'
import type { Verbs } from './verbs.ts'
import { workCalls } from './work-calls.ts'

export type { RemoteOptions } from './request.ts'

/**
 * The same verbs, spoken to a server's `/v1`. A server that cannot be reached, or does not answer as one of ours, throws
 * `unavailable`; so does a claim that its signal ends, which may have taken runs: the same `claimId` gives them back. The
 * runs in the answer to a batch or a completion come without their texts.
 */
export function remoteVerbs(options: RemoteOptions): Verbs {
  const { call: callOnce, open } = connect(options)
  const call = retrying(callOnce, options.retries ?? 0, options.signal)
  const runs = runCalls(call)
  return {
    ...runs,
    ...workCalls(call),
    ...cronCalls(call),
    ...alertCalls(call),
    ...retentionCalls(call),
    ...deletionCalls(call),
    ...archiveCalls({ call, open }, options),
    ...backupCalls(call),
    ...keyCalls(call),
    ...logCalls({ call, open }, options, runs.getRun),
    ...outputCalls({ call, open }, options),
    followRun: followRemote(open, options),
  }
}
