/** What is younger may be about to be recorded. */
const HOURS = 48

/** Whether an object, or an upload, has been there for so long that somebody should know it. */
export function isOld(since: string, at: string): boolean {
  return Date.parse(at) - Date.parse(since) > HOURS * 3_600_000
}
