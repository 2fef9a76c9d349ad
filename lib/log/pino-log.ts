import { type LevelWithSilent, pino } from 'pino'
import type { Log } from '../ports/log.ts'
import { tellFields } from './tell-fields.ts'

/** What a line is made of. */
interface Said {
  level: string
  message: string
  fields: Record<string, unknown>
}

/**
 * One JSON object a line: the time first, so that sorted lines are in order; then level and message, which no field takes
 * the place of. `write` is given each whole line at once, on this thread: nothing is lost when the process freezes or ends.
 */
export function pinoLog(write: (line: string) => void, now: () => number, level: LevelWithSilent): Log {
  const logger = pino(
    {
      level,
      base: null,
      // Pino begins a line with what this makes of the level, and would have the level before the time.
      formatters: { level: () => ({}), log: (said) => toLine(said as unknown as Said) },
      timestamp: () => `"time":"${new Date(now()).toISOString()}"`,
      serializers: { err: (told) => told },
    },
    { write },
  )
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error'): Log['info'] =>
    (message, fields = {}) =>
      logger[level]({ level, message, fields } satisfies Said)
  return {
    ...(logger.isLevelEnabled('debug') && { debug: at('debug') }),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  }
}

function toLine({ level, message, fields }: Said): Record<string, unknown> {
  const { time: _, level: __, message: ___, ...told } = tellFields(fields)
  return { level, message, ...told }
}
