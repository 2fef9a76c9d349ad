/** What follows the run's id: `:` before a whole line (or the rest of one), `~` before a piece that has no line end of its own. */
export type LogMark = ':' | '~'

/** What stands before each line of a log: `[2026-11-22T04:18:08.123Z] {runId}: `. Source 000. */
export function logPrefix(atMs: number, runId: string, mark: LogMark): string {
  return `[${new Date(atMs).toISOString()}] ${runId}${mark} `
}

/** How many bytes a prefix has, whatever the time and the run. */
export const LOG_PREFIX_BYTES = 55

/**
 * The mark of the prefix that begins at this character; null where none does. The text is a log as latin1, so that
 * each character is a byte.
 */
export function logMarkAt(text: string, at: number): LogMark | null {
  if (text[at] !== '[') return null
  PREFIX.lastIndex = at
  const mark = PREFIX.exec(text)?.[1]
  return mark === ':' || mark === '~' ? mark : null
}

const PREFIX = /\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\] [0-7][0-9A-HJKMNP-TV-Z]{25}([:~]) /y
