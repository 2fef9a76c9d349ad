/** Structured log lines of the server; never the `input` of a run. */
export interface Log {
  /** Not there where nobody wants to read so much. */
  debug?(message: string, fields?: Record<string, unknown>): void
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
}
