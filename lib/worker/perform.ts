import { runAfter } from '../process/run-after.ts'
import { LedgerError } from '../run/errors.ts'
import { LIMITS } from '../run/limits.ts'
import { textOf } from './error-text.ts'
import type { Executor, ExecutorContext, Outcome } from './handler.ts'
import type { HeldRun } from './held-run.ts'
import type { Setting } from './options.ts'
import { type Hidden, hide, type Resolved, resolveSecrets } from './secrets.ts'
import { sendOutput } from './send-output.ts'

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
  let resolved: Resolved
  try {
    resolved = resolveSecrets(held.run.input, options.setting.secretOf)
  } catch (error) {
    return {
      outcome: 'failed',
      error: `this run's secrets could not be looked up: ${textOf(error)}`,
      retryable: true,
    }
  }
  const { input, missing, redact } = resolved
  // Whoever has it may speak for the run, and a command may print all that it was given.
  const hidden = [{ form: held.leaseToken, instead: '[lease token]' }, ...resolved.hidden]
  held.log?.hide(hidden)
  if (missing.length > 0) return { outcome: 'failed', error: missingWords(missing), retryable: false }
  const { timeoutSeconds } = held.run
  const timeout =
    timeoutSeconds === null
      ? null
      : runAfter(timeoutSeconds * 1_000, () => held.stop('timeout', `timed out after ${timeoutSeconds} s`))
  const context = contextOf(held, options, { redact, hidden })
  try {
    return redacted(await options.execute({ ...held.run, input }, context), redact)
  } catch (error) {
    return { outcome: 'failed', error: redact(textOf(error)), retryable: true }
  } finally {
    timeout?.cancel()
  }
}

/** Its texts, that is: no secret changes what the rest means. */
function redacted(outcome: Outcome, redact: Resolved['redact']): Outcome {
  if (outcome.outcome === 'failed') return { ...outcome, error: redact(outcome.error) }
  return { ...outcome, outputRef: redact(outcome.outputRef) }
}

function contextOf(
  held: HeldRun,
  { setting, hurry, onProgress }: PerformOptions,
  { redact, hidden }: { redact: Resolved['redact']; hidden: Hidden[] },
): ExecutorContext {
  return {
    signal: held.signal,
    hurry,
    leaseToken: held.leaseToken,
    redact: (text) => hide(text, hidden),
    log(message, fields) {
      const [text, said] = [String(message), fields ?? {}]
      held.log?.say(text, said)
      setting.log.info(redact(text), { ...redact(said), ...held.words })
    },
    async output(path, body, { contentType } = {}) {
      const { verbs } = setting
      const { signal, leaseToken, run } = held
      const place = { id: run.id, leaseToken, path, contentType, signal }
      if (verbs.uploadOutput) return await sendOutput(verbs.uploadOutput.bind(verbs), place, body)
      throw new LedgerError('invalid', 'this worker’s client takes no outputs: it has no uploadOutput')
    },
    print(chunk, stream) {
      return held.log?.print(chunk, stream)
    },
    echo(line, stream) {
      setting.log.debug?.(hide(line, hidden), { stream, ...held.words })
    },
    progress(percent, message) {
      if (!Number.isFinite(percent) || held.hasEnded) return
      const cut = (text: string) => redact(text).slice(0, LIMITS.progressMessage).toWellFormed()
      const progress = Math.min(100, Math.max(0, Math.floor(percent)))
      held.news = {
        progress,
        ...(message === undefined ? {} : { message: cut(String(message)) }),
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
