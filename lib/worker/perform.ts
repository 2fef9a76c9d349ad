import { runAfter } from '../process/run-after.ts'
import type { Executor, HandlerContext, Outcome } from './handler.ts'
import type { HeldRun } from './held-run.ts'
import type { Setting } from './options.ts'
import { type Resolved, resolveSecrets } from './secrets.ts'

export interface PerformOptions {
  execute: Executor
  setting: Setting
  hurry: AbortSignal
  /** There is news of how far the run is. */
  onProgress: () => void
}

/**
 * Does the work of one run: its secrets in place, its time measured. What goes out of here (its error, lines of the log,
 * messages) is free of the secrets' values. Never rejects.
 */
export async function perform(held: HeldRun, options: PerformOptions): Promise<Outcome> {
  const { execute, setting } = options
  const { input, missing, redact } = resolveSecrets(held.run.input, setting.secretOf)
  if (missing.length > 0) return { outcome: 'failed', error: missingWords(missing), retryable: false }
  const { timeoutSeconds } = held.run
  const timeout =
    timeoutSeconds === null
      ? null
      : runAfter(timeoutSeconds * 1_000, () => held.stop('timeout', `timed out after ${timeoutSeconds} s`))
  const context = contextOf(held, options, redact)
  try {
    return redact(await execute({ ...held.run, input }, context))
  } catch (error) {
    return { outcome: 'failed', error: redact(String(error)), retryable: true }
  } finally {
    timeout?.cancel()
  }
}

function contextOf(
  held: HeldRun,
  { setting, hurry, onProgress }: PerformOptions,
  redact: Resolved['redact'],
): HandlerContext {
  return {
    signal: held.signal,
    hurry,
    log(message, fields = {}) {
      setting.log.info(redact(String(message)), { ...redact(fields), ...held.words })
    },
    progress(percent, message) {
      if (!Number.isFinite(percent) || held.hasEnded) return
      const progress = Math.min(100, Math.max(0, Math.floor(percent)))
      held.news = {
        progress,
        ...(message === undefined ? {} : { message: redact(String(message)).slice(0, 500).toWellFormed() }),
      }
      onProgress()
    },
  }
}

function missingWords(names: string[]): string {
  const all = names.map((name) => JSON.stringify(name)).join(', ')
  return `this worker knows no secret ${all}; by default it reads ${names.map(variableOf).join(', ')}`
}

/** The environment variable that holds a secret: `db.password` is in `RUNLEDGER_SECRET_DB_PASSWORD`. */
export function variableOf(name: string): string {
  return `RUNLEDGER_SECRET_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`
}
