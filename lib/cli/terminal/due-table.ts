import { relativeTime } from './spoken-time.ts'
import { type TableOptions, table } from './table.ts'
import { zonedTime } from './zoned-time.ts'

/** When something is due. */
export interface Due {
  at: string
  /** By the clock of its zone; null for a zone that is not known on this machine. */
  localTime: string | null
  timeZone: string
  /** Null: of a schedule that no job has. */
  job: string | null
}

/** When things are due, by the clock of their zone and by UTC's. */
export function dueTable(
  times: Due[],
  { isOfAll, now, ...options }: TableOptions & { isOfAll: boolean; now: Date },
): string {
  const zones = [...new Set(times.map(({ timeZone }) => timeZone))]
  const isUtc = zones.every((zone) => zone === 'UTC')
  const there = ({ at, timeZone }: Due) => (isUtc ? '' : (zonedTime(at, timeZone) ?? ''))
  return table(
    [
      { head: 'DUE', cell: ({ at }) => relativeTime(at, now) },
      { head: 'JOB', cell: ({ job }) => (isOfAll ? (job ?? '') : ''), min: 24 },
      { head: zones.length === 1 ? zones.join() : 'THERE', cell: there },
      {
        head: 'ZONE',
        cell: ({ timeZone }) => (zones.length === 1 ? '' : timeZone),
        style: () => 'dim',
        rank: 2,
      },
      {
        head: 'UTC',
        cell: ({ at }) => `${at.slice(0, 10)} ${at.slice(11, 19)}`,
        ...(isUtc ? {} : { rank: 1 }),
      },
    ],
    times,
    options,
  )
}
