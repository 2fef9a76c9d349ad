import { SucceedRun } from '../ledger/runs/completion.ts'
import { textOf } from './error-text.ts'
import type { Executor, Handler, Outcome } from './handler.ts'

/** Handlers by kind as one executor. A kind without a handler fails for good. */
export function executeHandler(handlers: Record<string, Handler>): Executor {
  return async (run, { signal, hurry, log, progress, output }) => {
    const handler = Object.hasOwn(handlers, run.kind) ? handlers[run.kind] : undefined
    if (handler === undefined) return fail(`this worker has no handler for ${run.kind}`, false)
    try {
      return succeed(await handler(run, { signal, hurry, log, progress, output }))
    } catch (error) {
      return fail(textOf(error), isRetryable(error))
    }
  }
}

function succeed(answer: unknown): Outcome {
  if (answer === undefined || answer === null) return { outcome: 'succeeded' }
  const outputRef = SucceedRun.shape.outputRef.safeParse(answer)
  if (outputRef.success) return { outcome: 'succeeded', outputRef: String(answer) }
  // What it did is done: doing it again would not make its answer any better.
  const why = outputRef.error.issues[0]?.message ?? 'is not text'
  return fail(`the handler returned an outputRef that the ledger does not take: ${why}`, false)
}

const fail = (error: string, retryable: boolean): Outcome => ({ outcome: 'failed', error, retryable })

const isRetryable = (error: unknown) => (error as { retryable?: unknown } | null)?.retryable !== false
