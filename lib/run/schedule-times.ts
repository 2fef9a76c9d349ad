import { Cron } from 'croner'
import { clockless, type Pattern } from './schedule-text.ts'
import type { OffsetAt } from './schedule-zone.ts'

const DAY_MS = 86_400_000

/**
 * The first occurrence of a pattern after an instant, by a zone's clock; null where there is none.
 *
 * Croner treats a clock that is changed as the cron page has it, but for two things that are made good here: it drops what an interval
 * skips (every ten minutes of the hour that is left out, or midnight for one of every six hours), and the fixed times of a day that is
 * left out, as a zone that crosses the date line does.
 */
export function timesAfter(
  { pattern, isInterval }: Pattern,
  timezone: string,
  offsetAt: OffsetAt,
): (after: Date) => Date | null {
  const clock = new Cron(pattern, {
    timezone,
    paused: true,
    mode: '5-or-6-parts',
    fixedTimeRule: 'no-wildcard',
  })
  const walls = clockless(pattern)
  return (after) => {
    const shown = clock.nextRun(after)
    const skipped = nextSkipped(walls, isInterval, offsetAt, after.getTime())
    return shown === null || skipped === null || shown <= skipped ? shown : skipped
  }
}

/** The first occurrence after an instant, where that is one the clock skips. No zone changes its clock twice in three days. */
function nextSkipped(walls: Cron, isInterval: boolean, offsetAt: OffsetAt, after: number): Date | null {
  // For as long as the last jump was wide, the clock as it was has yet to come to what was skipped.
  const offset = Math.min(offsetAt(after), offsetAt(after - DAY_MS))
  const wall = walls.nextRun(new Date(after + offset))?.getTime()
  if (wall === undefined) return null
  const [before, behind] = [offsetAt(wall - DAY_MS), offsetAt(wall + DAY_MS)]
  if (before >= behind || offsetAt(wall - before) !== behind || offsetAt(wall - behind) !== before)
    return null
  const time = isInterval ? wall - before : changeBetween(offsetAt, wall - behind, wall - before)
  return time > after ? new Date(time) : null
}

/** The instant at which a clock is changed, which is after the first of two and not after the second. */
function changeBetween(offsetAt: OffsetAt, first: number, second: number): number {
  if (second - first <= 1) return second
  const middle = Math.floor((first + second) / 2)
  return offsetAt(middle) === offsetAt(first)
    ? changeBetween(offsetAt, middle, second)
    : changeBetween(offsetAt, first, middle)
}
