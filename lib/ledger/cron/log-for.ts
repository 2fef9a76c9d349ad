import type { Log } from '../../ports/log.ts'

/** A log that says this in every line. */
export function logFor(log: Log, words: Record<string, unknown>): Log {
  return {
    info: (message, fields) => log.info(message, { ...fields, ...words }),
    warn: (message, fields) => log.warn(message, { ...fields, ...words }),
    error: (message, fields) => log.error(message, { ...fields, ...words }),
  }
}
