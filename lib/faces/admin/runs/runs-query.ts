import type { ListRuns } from '../../../ledger/runs/list-runs.ts'
import { StorageState } from '../../../run/run.ts'
import { RunState } from '../../../run/transitions.ts'
import { toInstant } from '../parts/local-time.ts'
import type { RunsAddress } from '../paths.ts'

/** The times that are a click away: hours back from now; null: all there is. */
export const RANGES = { '1h': 1, '24h': 24, '7d': 168, '30d': 720, all: null } as const
export type Range = keyof typeof RANGES
const DEFAULT_RANGE: Range = '24h'
const HOUR_MS = 3_600_000

/** What is asked for of the list: the address of the page is all of its state. */
export interface RunsQuery {
  /** Null: between `from` and `to`. */
  range: Range | null
  /** Instants. */
  from?: string
  to?: string
  state?: RunState
  kind?: string
  project?: string
  /** `all`: whatever became of their data. */
  storage?: StorageState | 'all'
  label?: string
  q?: string
}

/** The address's query as it is meant; times without a zone are of the reader's. What cannot be read of them is left out. */
export function readQuery(query: Record<string, string>, zone: string): RunsQuery {
  const [from = null, to = null] = [query.from, query.to].map((text) => text && toInstant(text.trim(), zone))
  const texts = ['kind', 'project', 'label', 'q'] as const
  const given = texts.flatMap((name) => (query[name]?.trim() ? [[name, query[name].trim()] as const] : []))
  const state = RunState.safeParse(query.state).data
  const storage = query.storage === 'all' ? 'all' : StorageState.safeParse(query.storage).data
  return {
    range: from || to ? null : rangeOf(query.range),
    ...(from ? { from } : {}),
    ...(to ? { to } : {}),
    ...(state === undefined ? {} : { state }),
    ...(storage === undefined ? {} : { storage }),
    ...Object.fromEntries(given),
  }
}

const rangeOf = (text: string | undefined): Range =>
  (Object.keys(RANGES) as Range[]).find((one) => one === text) ?? DEFAULT_RANGE

/** Whether the address is not as `toQuery` writes it: a form names all its fields, and writes times without their zone. */
export const isUntidy = (query: Record<string, string>): boolean =>
  Object.values(query).includes('') ||
  [query.from, query.to].some((at) => at !== undefined && !at.endsWith('Z'))

/** As an address has it: what stands there anyway is left out. */
export function toQuery({ range, ...rest }: RunsQuery): RunsAddress {
  return { ...(range === null || range === DEFAULT_RANGE ? {} : { range }), ...rest }
}

/** Whether the address says more than when. */
export const isFiltered = ({ state, kind, project, storage, label, q }: RunsQuery): boolean =>
  [state, kind, project, storage, label, q].some((one) => one !== undefined)

/** When it begins, in the clock of now; undefined: with the first run there is. */
export function sinceOf({ range, from }: RunsQuery, now: number): string | undefined {
  const hours = range === null ? null : RANGES[range]
  return hours === null ? from : new Date(now - hours * HOUR_MS).toISOString()
}

/** What the list is asked for. */
export function toFilter(query: RunsQuery, now: number): Omit<ListRuns, 'cursor' | 'limit' | 'sort'> {
  const { to, state, kind, project, storage, label, q } = query
  const all = storage === 'all' ? StorageState.options : storage && [storage]
  return {
    since: sinceOf(query, now),
    before: to,
    state: state && [state],
    kind,
    projectId: project,
    storageState: all && [...all],
    label,
    q,
  }
}
