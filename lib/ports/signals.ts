/** Hints between the requests of one instance, to wake a waiting one early. Losing one costs only time. */
export interface Signals {
  emit(topic: string): void
  /** Resolves true at the next `emit` of the topic, false after `ms` or when `signal` aborts. */
  wait(topic: string, ms: number, signal?: AbortSignal): Promise<boolean>
}
