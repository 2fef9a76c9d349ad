import { constants } from 'node:os'
import type { OpenVerbs } from '../client/verbs.ts'
import { LedgerError } from '../run/errors.ts'
import { type WorkerSurroundings, workerSurroundings } from '../runtime/worker-surroundings.ts'
import { executeCommand } from './execute-command.ts'
import { executeHandler } from './execute-handler.ts'
import type { Executor } from './handler.ts'
import { loadHandlers } from './load-handlers.ts'
import type { Setting, Worker } from './options.ts'
import { variableOf } from './perform.ts'
import { makeWorker } from './run-worker.ts'
import { checkSetting, DEFAULTS } from './setting.ts'

/** `runledger worker`: exactly one of `handlers` and `exec`. */
export interface WorkerCommandOptions {
  /** A file of handlers. */
  handlers?: string
  /** A command and its arguments. */
  exec?: string[]
  /** Default: those of the handlers. */
  kinds?: string[]
  projectId?: string
  concurrency?: number
  leaseSeconds?: number
  drainMs?: number
  graceMs?: number
  once?: boolean
}

/** What keeps the process alive after the worker has ended (a handler's open connection) is given this long. */
const LINGER_MS = 500

/**
 * Works until SIGTERM, SIGINT or SIGHUP (`once`: until nothing is due); a second one ends it at once. Gives back the exit
 * code: 0; with `once` 1 when a run has failed for good; after a second signal 128 and its number. The process ends soon
 * after, whatever handlers left open. Throws `invalid`, and what the ledger refuses for good.
 */
export async function workerCommand(
  options: WorkerCommandOptions,
  open: () => Promise<OpenVerbs>,
): Promise<number> {
  const around = workerSurroundings()
  const { execute, kinds } = await chooseExecutor(options, around)
  const { verbs, place, close } = await open()
  try {
    const setting = settingOf(options, kinds, verbs, around)
    const worker = makeWorker(setting, execute)
    const forcedBy = obeySignals(worker)
    const { workerId, concurrency } = setting
    around.log.info('worker started', { workerId, place, kinds, concurrency })
    const summary = await worker.run()
    around.log.info('worker ended', { ...summary })
    const signal = forcedBy()
    if (signal !== null) return 128 + constants.signals[signal]
    return options.once && summary.failed > 0 ? 1 : 0
  } finally {
    await close()
    setTimeout(() => process.exit(), LINGER_MS).unref()
  }
}

async function chooseExecutor(
  { handlers: path, exec, kinds, graceMs = DEFAULTS.graceMs }: WorkerCommandOptions,
  { now, childEnvironment }: WorkerSurroundings,
): Promise<{ execute: Executor; kinds: string[] }> {
  if ((path === undefined) === (exec === undefined))
    throw new LedgerError('invalid', 'say what does the work: --handlers <file>, or --exec <command>')
  if (path !== undefined) {
    const handlers = await loadHandlers(path)
    const unknown = kinds?.filter((kind) => !Object.hasOwn(handlers, kind)) ?? []
    if (unknown.length > 0)
      throw new LedgerError('invalid', `${path} has no handler for ${unknown.join(', ')}`)
    return { execute: executeHandler(handlers), kinds: kinds ?? Object.keys(handlers) }
  }
  const [command, ...args] = exec ?? []
  if (command === undefined || kinds === undefined)
    throw new LedgerError('invalid', '--exec needs --kinds, the kinds of runs that the command does')
  const environment = ({ id, kind, attempt }: { id: string; kind: string; attempt: number }) => {
    const { env, marker } = childEnvironment(id)
    return { env: { ...env, RUNLEDGER_RUN_KIND: kind, RUNLEDGER_RUN_ATTEMPT: String(attempt) }, marker }
  }
  return { execute: executeCommand({ command, args, graceMs, now, environment }), kinds }
}

function settingOf(
  { handlers: _, exec: __, ...said }: WorkerCommandOptions,
  kinds: string[],
  verbs: OpenVerbs['verbs'],
  { secretIn, workerId, newId, random, log }: WorkerSurroundings,
): Setting {
  const secretOf = (name: string) => secretIn(variableOf(name))
  // A command has its own grace, and what ends it needs a moment more.
  const graceMs = (said.graceMs ?? DEFAULTS.graceMs) + (__ === undefined ? 0 : COMMAND_GRACE_MS)
  return checkSetting({ ...DEFAULTS, ...said, kinds, graceMs, verbs, secretOf, workerId, newId, random, log })
}

const COMMAND_GRACE_MS = 4_000
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/** The first signal stops the worker, the second ends it; the answer says which one that was, if any. */
function obeySignals(worker: Worker): () => NodeJS.Signals | null {
  let isStopping = false
  let forcedBy: NodeJS.Signals | null = null
  for (const signal of SIGNALS)
    process.on(signal, () => {
      if (isStopping) {
        forcedBy = signal
        worker.abort()
      } else {
        isStopping = true
        worker.stop()
      }
    })
  return () => forcedBy
}
