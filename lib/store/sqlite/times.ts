import type { StoreTime } from '../../ports/run-store.ts'

/** An instant as it is stored: UTC with milliseconds, so that text sorts by time. */
export function toText(instant: string): string {
  return new Date(instant).toISOString()
}

/** The instant `ms` milliseconds after another. */
export function plusMs(instant: string, ms: number): string {
  return new Date(Date.parse(instant) + ms).toISOString()
}

/** What a `StoreTime` stands for when the store's clock says `now`. */
export function toInstant(time: StoreTime, now: string): string {
  if (time === 'now') return now
  return 'at' in time ? toText(time.at) : plusMs(now, time.inMs)
}
