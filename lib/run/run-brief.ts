import { CanceledRun, type Run } from './run.ts'
import { RunState } from './transitions.ts'

const SHOWN = {
  id: true,
  projectId: true,
  kind: true,
  cronExecutionId: true,
  idempotencyKey: true,
  errorCode: true,
  attempt: true,
  maxAttempts: true,
  priority: true,
  runAt: true,
  fence: true,
  createdAt: true,
  updatedAt: true,
  startedAt: true,
  cancelRequestedAt: true,
  progress: true,
  exitCode: true,
  durationMs: true,
} as const

/** A run among many: what it is and what it has come to, without its texts, so that a thousand fit one answer. */
export const RunBrief = CanceledRun.pick(SHOWN)
  .extend({ state: RunState, finishedAt: CanceledRun.shape.startedAt })
  .meta({
    id: 'RunBrief',
    description: 'A run in the answer to a batch: without `input`, `labels`, `error` and other texts',
  })
export type RunBrief = Pick<Run, keyof typeof SHOWN | 'state' | 'finishedAt'>

/** The run without its texts. */
export function toRunBrief(run: Run): RunBrief {
  const names = Object.keys(RunBrief.shape) as (keyof RunBrief)[]
  return Object.fromEntries(names.map((name) => [name, run[name]])) as unknown as RunBrief
}
