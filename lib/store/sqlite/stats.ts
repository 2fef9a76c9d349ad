import type { DatabaseSync } from 'node:sqlite'
import type { OutcomeFilter, RunStore, StoredOutcomes, StoredStats } from '../../ports/run-store.ts'
import { durationBucket } from '../../run/durations.ts'
import type { FinalState } from '../../run/transitions.ts'
import type { Connection, Param, Row } from './connection.ts'
import { toText } from './times.ts'

type StatsFilter = Parameters<RunStore['stats']>[0]

/** Makes `durationBucket` known to the database's SQL. */
export function addDurationBucket(database: DatabaseSync): void {
  database.function('duration_bucket', { deterministic: true }, (ms) => durationBucket(Number(ms)))
}

/** Counted from the runs themselves: a machine's own ledger is small, and then there is nothing to fall behind. */
export function readStats(db: Connection, filter: StatsFilter, now: string): StoredStats {
  const project = filter.projectId === undefined ? 'true' : 'projectId IS ?'
  const params: Param[] = filter.projectId === undefined ? [] : [filter.projectId]
  const running = db.get(
    `SELECT count(*) AS count FROM runs WHERE state = 'running' AND ${project}`,
    ...params,
  )
  return {
    ended: toEnded(db.all(ended(project), startOfHour(filter.since), ...params)),
    running: Number(running?.count),
    queue: db.all(queue(project), now, ...params).map((row) => toQueue(row, now)),
  }
}

/** Hours are counted whole, as the hourly table of Postgres has them. */
function startOfHour(instant: string): string {
  return `${toText(instant).slice(0, 13)}:00:00.000Z`
}

function toEnded(rows: Row[]): StoredStats['ended'] {
  const byState = new Map<unknown, StoredStats['ended'][number]>()
  for (const row of rows) {
    const state = row.state as StoredStats['ended'][number]['state']
    const total = byState.get(state) ?? { state, count: 0, durationMs: 0, buckets: [] }
    total.count += Number(row.count)
    total.durationMs += Number(row.durationMs)
    total.buckets.push([Number(row.bucket), Number(row.count)])
    byState.set(state, total)
  }
  return [...byState.values()]
}

function toQueue(row: Row, now: string): StoredStats['queue'][number] {
  const due = Number(row.due)
  const ageMs = Date.parse(now) - Date.parse(String(row.first))
  return {
    kind: String(row.kind),
    depth: Number(row.depth),
    due,
    oldestAgeSeconds: due > 0 ? ageMs / 1_000 : null,
  }
}

/** `RunStore.outcomes`. */
export function readOutcomes(db: Connection, filter: OutcomeFilter): StoredOutcomes {
  const { since, before, kind, projectId } = filter
  const where = [
    'finishedAt >= ?',
    ...(before === undefined ? [] : ['finishedAt < ?']),
    ...(kind === undefined ? [] : ['kind = ?']),
    ...(projectId === undefined ? [] : ['projectId IS ?']),
  ].join(' AND ')
  const given = [startOfHour(since), before === undefined ? undefined : startOfHour(before), kind, projectId]
  const values = given.filter((one) => one !== undefined)
  const hours = db.all(
    `SELECT state, substr(finishedAt, 1, 13) || ':00:00.000Z' AS at, count(*) AS count FROM runs
     WHERE ${where} GROUP BY state, at`,
    ...values,
  )
  const durations = db.all(
    `SELECT state, duration_bucket(ms) AS bucket, count(*) AS count
     FROM (SELECT state, ${MS} AS ms FROM runs WHERE ${where}) GROUP BY state, bucket`,
    ...values,
  )
  const stateOf = (row: Row) => row.state as FinalState
  return {
    hours: hours.map((row) => ({ at: String(row.at), state: stateOf(row), count: Number(row.count) })),
    durations: durations.map((row) => ({
      state: stateOf(row),
      bucket: Number(row.bucket),
      count: Number(row.count),
    })),
  }
}

/** `RunStore.durations`. */
export function readDurations(
  db: Connection,
  { kinds, projectId }: Parameters<RunStore['durations']>[0],
): Awaited<ReturnType<RunStore['durations']>> {
  const project = projectId === undefined ? 'true' : 'projectId IS ?'
  const rows = db.all(
    `SELECT kind, duration_bucket(ms) AS bucket, count(*) AS count FROM (
       SELECT kind, ${MS} AS ms FROM runs
       WHERE kind IN (SELECT value FROM json_each(?)) AND state = 'succeeded' AND ${project}
     ) GROUP BY kind, bucket`,
    JSON.stringify(kinds),
    ...(projectId === undefined ? [] : [projectId]),
  )
  return [...Map.groupBy(rows, ({ kind }) => String(kind))].map(([kind, buckets]) => ({
    kind,
    buckets: buckets.map(({ bucket, count }) => [Number(bucket), Number(count)]),
  }))
}

const MS = `CASE WHEN startedAt IS NULL THEN 0 ELSE
  max(0, CAST(round((unixepoch(finishedAt, 'subsec') - unixepoch(startedAt, 'subsec')) * 1000) AS INTEGER)) END`

const ended = (project: string) => `
  SELECT state, duration_bucket(ms) AS bucket, count(*) AS count, sum(ms) AS durationMs FROM (
    SELECT state, ${MS} AS ms FROM runs WHERE finishedAt >= ? AND ${project})
  GROUP BY state, bucket ORDER BY state, bucket`

const queue = (project: string) => `
  SELECT kind, count(*) AS depth, sum(runAt <= ?) AS due, min(runAt) AS first
  FROM runs WHERE state = 'queued' AND ${project} GROUP BY kind ORDER BY depth DESC, kind`
