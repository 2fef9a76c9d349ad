import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** Resolves when the process is told to end, from this call on; told once more, it ends at once. */
export async function untilStopped(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  for (const signal of SIGNALS) process.once(signal, () => resolve())
  await promise
  for (const signal of SIGNALS) process.once(signal, () => process.exit(128 + constants.signals[signal]))
}
