import type { Verbs } from '../client/verbs.ts'
import { createKey, listKeys, revokeKey, rotateKey } from '../ledger/keys/keys.ts'
import { failRun, succeedRun } from '../ledger/runs/complete-runs.ts'
import { getRun } from '../ledger/runs/get-run.ts'
import { heartbeatRun } from '../ledger/runs/heartbeat-runs.ts'
import { startRun } from '../ledger/runs/start-run.ts'
import type { Context } from '../ports/context.ts'

/** The ledger's own verbs, on this machine's database. */
export function localVerbs(ctx: Context): Verbs {
  return {
    startRun: (input) => startRun(ctx, input),
    heartbeatRun: (input) => heartbeatRun(ctx, input),
    succeedRun: (input) => succeedRun(ctx, input),
    failRun: (input) => failRun(ctx, input),
    getRun: (input) => getRun(ctx, input),
    createKey: (input) => createKey(ctx, input),
    listKeys: (input) => listKeys(ctx, input),
    rotateKey: (input) => rotateKey(ctx, input),
    revokeKey: (input) => revokeKey(ctx, input),
  }
}
