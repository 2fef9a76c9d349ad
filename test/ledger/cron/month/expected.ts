import { CronExpressionParser } from 'cron-parser'
import { CHANGES, timesByHand } from './by-hand.ts'

export const START = '2026-03-07T00:00:00.000Z'
export const END = '2026-04-07T00:00:00.000Z'

/**
 * Every occurrence from `START` to `END`: on days on which the clock is changed by hand, on all others as another library than ours
 * has them.
 */
export function expectedTimes(schedule: string, timeZone: string): string[] {
  const change = CHANGES.find(({ zone }) => zone === timeZone)
  const isByHand = (time: string) => change !== undefined && time >= change.from && time < change.to
  const others = byLibrary(schedule, timeZone).filter((time) => !isByHand(time))
  return [...others, ...(change ? timesByHand(change, schedule) : [])].toSorted()
}

function byLibrary(schedule: string, tz: string): string[] {
  // It gives what comes after an instant.
  const currentDate = new Date(Date.parse(START) - 1)
  const times: string[] = []
  for (const expression = CronExpressionParser.parse(schedule, { currentDate, tz }); ; ) {
    const time = expression.next().toDate().toISOString()
    if (time > END) return times
    times.push(time)
  }
}
