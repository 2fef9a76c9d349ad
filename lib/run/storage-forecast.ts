import { z } from 'zod'

/** Where storage is going, as far as its last samples tell. */
export const StorageForecast = z
  .object({
    bytesPerDay: z.number().int().meta({ description: 'What a day adds; less than 0: it shrinks' }),
    days: z.number().int().meta({ description: 'How many days it was seen for' }),
    fullOn: z.iso.date().nullable().meta({
      description: 'When it comes to what may be held; null: not at this pace, or not within ten years',
    }),
  })
  .meta({ id: 'StorageForecast' })
export type StorageForecast = z.infer<typeof StorageForecast>

/** So few samples are no pace yet. */
const FEWEST_SAMPLES = 3
const DAY_MS = 86_400_000
const FARTHEST_DAYS = 3_650

/**
 * At what pace storage grows, and when it comes to `mostBytes` if it goes on so: the straight line that is nearest to the samples,
 * drawn on from the last of them. In any order; null where they are fewer than three. A limit that is reached already was on the last day.
 */
export function forecastOf(
  samples: readonly { day: string; bytes: number }[],
  mostBytes: number | null,
): StorageForecast | null {
  const points = samples.map(({ day, bytes }) => ({ day: Date.parse(day) / DAY_MS, bytes }))
  const [first] = points
  if (first === undefined || points.length < FEWEST_SAMPLES) return null
  const last = points.reduce((a, b) => (b.day > a.day ? b : a), first)
  const earliest = points.reduce((a, b) => (b.day < a.day ? b : a), first)
  const perDay = Math.round(slopeOf(points))
  return {
    bytesPerDay: perDay,
    days: last.day - earliest.day,
    fullOn: mostBytes === null ? null : dayOf(last, perDay, mostBytes),
  }
}

interface Point {
  day: number
  bytes: number
}

/** Of the line of least squares. */
function slopeOf(points: Point[]): number {
  const mean = (of: (point: Point) => number) => points.reduce((sum, one) => sum + of(one), 0) / points.length
  const [day, bytes] = [mean((one) => one.day), mean((one) => one.bytes)]
  const spread = points.reduce((sum, one) => sum + (one.day - day) ** 2, 0)
  return spread === 0
    ? 0
    : points.reduce((sum, one) => sum + (one.day - day) * (one.bytes - bytes), 0) / spread
}

function dayOf({ day, bytes }: Point, perDay: number, mostBytes: number): string | null {
  const left = bytes >= mostBytes ? 0 : perDay > 0 ? Math.ceil((mostBytes - bytes) / perDay) : Infinity
  return left > FARTHEST_DAYS ? null : new Date((day + left) * DAY_MS).toISOString().slice(0, 10)
}
