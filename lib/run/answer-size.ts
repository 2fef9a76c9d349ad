import { LIMITS } from './limits.ts'

/** The first of the rows, as many as one answer holds; one at least. */
export function fittingAnswer<T>(rows: T[], bytes: number = LIMITS.answerBytes): T[] {
  let left = bytes
  const tooMany = rows.findIndex((row, n) => {
    left -= jsonBytes(row)
    return left < 0 && n > 0
  })
  return tooMany < 0 ? rows : rows.slice(0, tooMany)
}

/** How long a value is as JSON. */
export function jsonBytes(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length
}
