import { LISTED_STORAGE_STATES, type Run, type StorageState } from '../../../run/run.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { RANGES, type Range, type RunsQuery, toQuery } from './runs-query.ts'

const HOUR_MS = 3_600_000
const LISTED: ReadonlySet<StorageState> = new Set(LISTED_STORAGE_STATES)

/** Where a run is listed among those that are alike: in a time that goes back to when it was created, or further; with its data, wherever that is. */
export function listedWith(
  reader: Reader,
  { createdAt, storageState }: Pick<Run, 'createdAt' | 'storageState'>,
  alike: Pick<RunsQuery, 'kind' | 'project' | 'label' | 'state'>,
  since = createdAt,
): string {
  const storage = LISTED.has(storageState) ? {} : { storage: 'all' as const }
  return paths.runs(toQuery({ range: rangeWith(reader, since), ...storage, ...alike }))
}

/** The least time that has what was created then, and still has it in an hour; a day at least. */
function rangeWith({ now }: Reader, at: string): Range {
  const hours = (now - Date.parse(at)) / HOUR_MS + 1
  return ENOUGH.find((range) => hours <= (RANGES[range] ?? Number.POSITIVE_INFINITY)) ?? 'all'
}

const ENOUGH: Range[] = ['24h', '7d', '30d', 'all']
