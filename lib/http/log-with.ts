import type { Log } from '../ports/log.ts'

/** A log that says this in every line. */
export function logWith(log: Log, words: Record<string, unknown>): Log {
  return {
    info: (message, fields) => log.info(message, { ...words, ...fields, ...words }),
    warn: (message, fields) => log.warn(message, { ...words, ...fields, ...words }),
    error: (message, fields) => log.error(message, { ...words, ...fields, ...words }),
  }
}
