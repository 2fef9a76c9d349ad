import { workerSurroundings } from '../runtime/worker-surroundings.ts'
import { executeHandler } from './execute-handler.ts'
import type { Worker, WorkerOptions } from './options.ts'
import { variableOf } from './perform.ts'
import { makeWorker } from './run-worker.ts'
import { checkSetting, DEFAULTS, kindsOf, said } from './setting.ts'

export type { Log } from '../ports/log.ts'
export { isLedgerError, LedgerError } from '../run/errors.ts'
export type { Run, RunningRun } from '../run/run.ts'
export type { RunOutput } from '../run/run-output.ts'
export {
  type Handler,
  type HandlerContext,
  NonRetryableError,
  RunStopped,
  type StopReason,
} from './handler.ts'
export type { Summary, Worker, WorkerOptions, WorkVerbs } from './options.ts'
export type { OutputBody } from './send-output.ts'

/**
 * A worker in this process: takes due runs of its handlers' kinds, keeps them alive while they run, and tells how they
 * ended. It installs no signal handlers: call `stop` when your process is told to end. Throws `invalid`.
 */
export function createWorker({ client, handlers, kinds, spoolFolder, ...options }: WorkerOptions): Worker {
  const { secretIn, workerId, newId, random, now, home, tellFields, log } = workerSurroundings()
  const { url: place } = client
  const setting = checkSetting({
    ...DEFAULTS,
    secretOf: (name) => secretIn(variableOf(name)),
    workerId,
    newId,
    random,
    log,
    ...said(options),
    kinds: kindsOf(handlers, kinds, 'this worker'),
    verbs: client,
    keeping: place === undefined ? null : { home: spoolFolder ?? home, place, now, tellFields },
  })
  return makeWorker(setting, executeHandler(handlers))
}
