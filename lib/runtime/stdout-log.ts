import { pinoLog } from '../log/pino-log.ts'
import type { Log } from '../ports/log.ts'
import type { Config } from './config.ts'

/** The log of a server or a worker: JSON lines on stdout, from this level on. */
export function stdoutLog(level: Config['LOG_LEVEL']): Log {
  // Through the stream, not its file descriptor: a full pipe must not stop the process, and a platform that tells the lines
  // of requests apart does it there.
  return pinoLog((line) => process.stdout.write(line), Date.now, level)
}
