import type * as keys from '../ledger/keys/keys.ts'
import type * as complete from '../ledger/runs/complete-runs.ts'
import type { getRun } from '../ledger/runs/get-run.ts'
import type { heartbeatRun } from '../ledger/runs/heartbeat-runs.ts'
import type { startRun } from '../ledger/runs/start-run.ts'
import type { Context } from '../ports/context.ts'

type Bound<F> = F extends (ctx: Context, input: infer Input, ...rest: never[]) => infer Answer
  ? (input: Input) => Answer
  : never

/** The verbs as commands know them. Local or remote, they cannot tell. */
export interface Verbs {
  startRun: Bound<typeof startRun>
  heartbeatRun: Bound<typeof heartbeatRun>
  succeedRun: Bound<typeof complete.succeedRun>
  failRun: Bound<typeof complete.failRun>
  getRun: Bound<typeof getRun>
  createKey: Bound<typeof keys.createKey>
  listKeys: Bound<typeof keys.listKeys>
  rotateKey: Bound<typeof keys.rotateKey>
  revokeKey: Bound<typeof keys.revokeKey>
}

/** Verbs, and how to let go of what is under them. */
export interface OpenVerbs {
  verbs: Verbs
  /** Where they act, in words: a path or a URL. */
  place: string
  close(): Promise<void>
}
