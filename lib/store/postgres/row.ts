import type { Run } from '../../run/run.ts'
import { toRun } from '../../run/stored-run.ts'

// The driver gives 64-bit integers as text, since some do not fit a number; these do.
const BIG = ['memoryPeakBytes', 'logBytes', 'nextLogOffset', 'outputBytes', 'archiveBytes'] as const

/** A run from the driver's row. */
export function fromRow(row: Record<string, unknown>): Run {
  for (const key in row) {
    const value = row[key]
    if (value instanceof Date) row[key] = value.toISOString()
  }
  for (const key of BIG) if (typeof row[key] === 'string') row[key] = Number(row[key])
  return toRun(row)
}

/** An instant from the driver as ISO text. */
export function toIso(value: unknown): string {
  return (value as Date).toISOString()
}

/** The same, or null. */
export function toIsoOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : toIso(value)
}
