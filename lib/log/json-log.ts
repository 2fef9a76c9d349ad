import type { Log } from '../ports/log.ts'

/**
 * One JSON object a line; errors with their stack and cause. What stands in it twice, or holds itself, is told once. No
 * field takes the place of the time, the level or the message.
 */
export function jsonLog(write: (line: string) => void, now: () => number): Log {
  const at =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}) => {
      const own = { time: new Date(now()).toISOString(), level, message }
      write(JSON.stringify({ ...own, ...fields, ...own }, toPlain()))
    }
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
