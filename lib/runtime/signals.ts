import { EventEmitter } from 'node:events'
import type { Signals } from '../ports/signals.ts'

/** Hints inside one process. */
export function processSignals(): Signals {
  const emitter = new EventEmitter()
  emitter.setMaxListeners(0)
  return {
    emit(topic) {
      emitter.emit(topic)
    },
    wait(topic, ms, signal) {
      const { promise, resolve } = Promise.withResolvers<boolean>()
      const hinted = () => done(true)
      const aborted = () => done(false)
      const done = (result: boolean) => {
        clearTimeout(timer)
        emitter.off(topic, hinted)
        signal?.removeEventListener('abort', aborted)
        resolve(result)
      }
      const timer = setTimeout(aborted, ms)
      emitter.once(topic, hinted)
      signal?.addEventListener('abort', aborted)
      if (signal?.aborted) aborted()
      return promise
    },
  }
}
