import v8 from 'node:v8'
import { runInNewContext } from 'node:vm'

const MANY = 24_000_000
const EVERY_MS = 100

/**
 * From now on, buffers that nobody has any more are collected as soon as there are some 24 MB of them. V8 would let more than
 * 64 MB lie, which with the rest is over the 200 MB that a server should take. An idle one collects nothing.
 */
export function collectBuffersSoon(): void {
  const collector = bufferCollector()
  setInterval(() => collector.look(), EVERY_MS).unref()
}

/** What collects when it is looked at and enough has come since the last time. */
export function bufferCollector(): { look(): void } {
  // The only way to it for a process that is already there.
  v8.setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (how?: { type: 'minor' }) => void
  const bytes = () => process.memoryUsage().external
  let least = bytes()
  let uncounted = false
  return {
    look() {
      // Another thread frees them; V8 counts what it freed at the next collection, and a minor one takes 0.3 ms.
      if (uncounted) collect({ type: 'minor' })
      uncounted = false
      if (bytes() > least + MANY) {
        collect()
        uncounted = true
      }
      least = Math.min(least, bytes())
    },
  }
}
