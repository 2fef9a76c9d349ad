import type { Log } from '../ports/log.ts'

/** One JSON object a line; errors with their stack and cause. What stands in it twice, or holds itself, is told once. */
export function jsonLog(write: (line: string) => void, now: () => number): Log {
  const at =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}) =>
      write(JSON.stringify({ time: new Date(now()).toISOString(), level, message, ...fields }, toPlain()))
  return { info: at('info'), warn: at('warn'), error: at('error') }
}

/** Says nothing: for the CLI, whose errors are told to its user. */
export const silentLog: Log = { info() {}, warn() {}, error() {} }

function toPlain(): (key: string, value: unknown) => unknown {
  const told = new Set<unknown>()
  return (_key, value) => {
    if (typeof value === 'bigint') return String(value)
    if (typeof value !== 'object' || value === null) return value
    if (told.has(value)) return '[told above]'
    told.add(value)
    if (!(value instanceof Error)) return value
    const { name, message, stack, cause } = value
    return { ...value, name, message, stack, cause }
  }
}
