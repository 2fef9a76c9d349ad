import { constants } from 'node:os'
import { outputSender } from '../cli/exec/send-outputs.ts'
import type { OpenVerbs } from '../client/verbs.ts'
import type { Log } from '../ports/log.ts'
import { LedgerError } from '../run/errors.ts'
import type { RunningRun } from '../run/run.ts'
import { type WorkerSurroundings, workerSurroundings } from '../runtime/worker-surroundings.ts'
import { executeCommand } from './execute-command.ts'
import { executeHandler } from './execute-handler.ts'
import type { Executor } from './handler.ts'
import { loadHandlers } from './load-handlers.ts'
import type { Setting, Worker } from './options.ts'
import { pause } from './pause.ts'
import { variableOf } from './perform.ts'
import { HURRY_MS, makeWorker } from './run-worker.ts'
import { checkSetting, DEFAULTS, kindsOf, said } from './setting.ts'

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
/** How long the last lines of the log wait for whoever reads them. */
const LAST_LINES_MS = 5_000

/**
 * Works until SIGTERM, SIGINT or SIGHUP (`once`: until nothing is due); a second one ends it at once, and so does an error
 * that nothing catches. Gives back the exit code: 0; with `once` 1 when a run has failed for good; after a second signal
 * 128 and its number; after an uncaught error 1. The process ends soon after, whatever handlers left open. Throws
 * `invalid`, and what the ledger refuses for good.
 */
export async function workerCommand(
  options: WorkerCommandOptions,
  open: () => Promise<OpenVerbs>,
): Promise<number> {
  const around = workerSurroundings()
  const { execute, kinds } = await chooseExecutor(options, around)
  const { verbs, place, close } = await open()
  let forced: Forced = { at: null, exitCode: null }
  try {
    const setting = settingOf(options, kinds, { verbs, place }, around)
    const worker = makeWorker(setting, execute)
    forced = watchProcess(worker, around.log)
    const { workerId, concurrency } = setting
    around.log.info('worker started', { workerId, place, kinds, concurrency })
    const summary = await worker.run()
    around.log.info('worker ended', { ...summary })
    return forced.exitCode ?? (options.once && summary.failed > 0 ? 1 : 0)
  } finally {
    const { at } = forced
    await Promise.all([
      close(),
      atMost(at === null ? LAST_LINES_MS : at + HURRY_MS - performance.now(), around.logTaken()),
    ])
    setTimeout(() => process.exit(), at === null ? LINGER_MS : 0).unref()
  }
}

/** Waits for it, this long at most. */
async function atMost(ms: number, it: Promise<void>): Promise<void> {
  const waiting = new AbortController()
  void it.then(() => waiting.abort())
  await pause(Math.max(ms, 0), waiting.signal)
}

async function chooseExecutor(
  { handlers: path, exec, kinds, graceMs = DEFAULTS.graceMs }: WorkerCommandOptions,
  { now, logTaken, childEnvironment }: WorkerSurroundings,
): Promise<{ execute: Executor; kinds: string[] }> {
  if ((path === undefined) === (exec === undefined))
    throw new LedgerError('invalid', 'say what does the work: --handlers <file>, or --exec <command>')
  if (path !== undefined) {
    const handlers = await loadHandlers(path)
    return { execute: executeHandler(handlers), kinds: kindsOf(handlers, kinds, path) }
  }
  const [command, ...args] = exec ?? []
  if (command === undefined || kinds === undefined)
    throw new LedgerError('invalid', '--exec needs --kinds, the kinds of runs that the command does')
  const environment = ({ id, kind, attempt }: RunningRun, leaseToken: string) => {
    const { env, marker } = childEnvironment(id)
    const ofRun = {
      RUNLEDGER_RUN_KIND: kind,
      RUNLEDGER_RUN_ATTEMPT: String(attempt),
      RUNLEDGER_LEASE_TOKEN: leaseToken,
    }
    return { env: { ...env, ...ofRun }, marker }
  }
  return { execute: executeCommand({ command, args, graceMs, now, logTaken, environment }), kinds }
}

function settingOf(
  { handlers: _, exec, ...options }: WorkerCommandOptions,
  kinds: string[],
  { verbs, place }: Pick<OpenVerbs, 'verbs' | 'place'>,
  { secretIn, workerId, newId, random, now, home, tellFields, log }: WorkerSurroundings,
): Setting {
  const secretOf = (name: string) => secretIn(variableOf(name))
  // A command has its own grace, and what ends it needs a moment more.
  const graceMs = (options.graceMs ?? DEFAULTS.graceMs) + (exec === undefined ? 0 : COMMAND_GRACE_MS)
  const keeping = { home, place, now, tellFields, sendOutputs: outputSender(() => verbs) }
  const around = { verbs, secretOf, workerId, newId, random, log, keeping }
  return checkSetting({ ...DEFAULTS, ...said(options), ...around, kinds, graceMs })
}

const COMMAND_GRACE_MS = 4_000
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/** How the process was told to end at once, if it was: when, and the exit code of that. */
interface Forced {
  at: number | null
  exitCode: number | null
}

/** The first signal stops the worker; the second, or an error that nothing catches, ends it. */
function watchProcess(worker: Worker, log: Log): Forced {
  const forced: Forced = { at: null, exitCode: null }
  let isStopping = false
  const force = (exitCode: number) => {
    forced.exitCode ??= exitCode
    forced.at ??= performance.now()
    worker.abort()
  }
  for (const signal of SIGNALS)
    process.on(signal, () => {
      if (isStopping) force(128 + constants.signals[signal])
      isStopping = true
      worker.stop()
    })
  // A promise that nobody waits for comes here too. Only the first is told: it may be the log itself that cannot be written.
  process.on('uncaughtException', (error) => {
    if (forced.at === null) log.error('an error that nothing catches: the worker ends', { error })
    force(1)
  })
  return forced
}
