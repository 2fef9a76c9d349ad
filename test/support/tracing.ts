import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach } from 'vitest'

/** OpenTelemetry's own SDK in this process, for each test of the `describe` this is called in: the spans that have ended. */
export function useTracing(): () => ReadableSpan[] {
  const exporter = new InMemorySpanExporter()
  beforeEach(() => {
    exporter.reset()
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    propagation.setGlobalPropagator(new W3CTraceContextPropagator())
    trace.setGlobalTracerProvider(
      new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
    )
  })
  afterEach(() => {
    trace.disable()
    context.disable()
    propagation.disable()
  })
  return () => exporter.getFinishedSpans()
}

/** All that an exporter would send of it, as text. */
export function textOf({ name, attributes, events, links, status, resource }: ReadableSpan): string {
  return JSON.stringify([name, attributes, events, links, status, resource.attributes])
}
