import { toLocal } from '../parts/local-time.ts'
import { short } from '../parts/times.ts'
import type { Reader } from '../reader.ts'

const DAY_MS = 86_400_000

/** Since when something is counted, by the reader's clock: `since 18:00 yesterday`. */
export function sinceWords(reader: Reader, at: string): string {
  const local = toLocal(at, reader.zone)
  return `since ${local.slice(11)}${dayWords(reader, local.slice(0, 10), at)}`
}

function dayWords(reader: Reader, day: string, at: string): string {
  const today = toLocal(new Date(reader.now).toISOString(), reader.zone).slice(0, 10)
  if (day === today) return ' today'
  const yesterday = new Date(Date.parse(`${today}T00:00:00.000Z`) - DAY_MS).toISOString().slice(0, 10)
  // Without its time.
  return day === yesterday ? ' yesterday' : ` on ${short(reader, at).replace(/ [\d:]+$/, '')}`
}
