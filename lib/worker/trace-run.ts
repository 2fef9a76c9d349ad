import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { RunningRun } from '../run/run.ts'
import type { Ending } from './options.ts'

/** What tracing knows of one run's work. Without an SDK in the process it does nothing. */
export interface RunSpan {
  /** Does the work; spans that it makes are children of the run's. */
  around<T>(work: () => T): T
  /** The work has ended, at this time of the monotonic clock; `error` is one line, free of the run's secrets. */
  end(ending: Ending, error: string | undefined, endedAt: number): void
}

const TROUBLE: Ending[] = ['failed', 'retried', 'lost']

/** A span of its own trace, however long the worker itself is traced. What the run is given does not stand in it. */
export function traceRun({ id, kind, attempt }: RunningRun): RunSpan {
  const span = trace.getTracer('runledger').startSpan(`run ${kind}`, {
    kind: SpanKind.CONSUMER,
    root: true,
    attributes: { 'runledger.run.id': id, 'runledger.run.kind': kind, 'runledger.run.attempt': attempt },
  })
  return {
    around: (work) => context.with(trace.setSpan(context.active(), span), work),
    end(ending, error, endedAt) {
      span.setAttribute('runledger.run.outcome', ending)
      if (TROUBLE.includes(ending))
        span.setStatus({ code: SpanStatusCode.ERROR, ...(error === undefined ? {} : { message: error }) })
      span.end(endedAt)
    },
  }
}
