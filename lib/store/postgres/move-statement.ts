import type { Move, MoveGuard, RunPatch, StoreTime } from '../../ports/run-store.ts'
import { LIMITS } from '../../run/limits.ts'
import { isFinal } from '../../run/transitions.ts'
import { briefColumns, runColumns } from './run-row.ts'
import { pendingStats } from './stats.ts'

const texts = new Map<string, string>()

/**
 * The statement for all moves of one shape, given as JSON in `$1`; `several` locks their runs in one order. One alone says so,
 * or the planner takes it for a hundred, for which it would read a small table whole.
 */
export function moveStatement(move: Move, several: boolean, answer: Answer): string {
  const shape = `${several} ${answer} ${shapeOf(move)}`
  const text = texts.get(shape) ?? build(move, several, answer)
  texts.set(shape, text)
  return text
}

/** Everything of a move that is in the statement's text. */
export function shapeOf({ from, guard = {}, patch, events }: Move): string {
  const times = [timeKind(patch.runAt), timeKind(patch.finishedAt), timeKind(patch.cancelRequestedAt)]
  const asked = [guard.leased, guard.lapsed, guard.cancelRequested, ...Object.keys(guard).sort()]
  return JSON.stringify([
    from,
    asked,
    patch.state,
    Object.keys(patch).sort(),
    times,
    events.map(({ type }) => type),
  ])
}

const timeKind = (time: StoreTime | null | undefined) =>
  typeof time === 'object' && time !== null ? ('at' in time ? 'at' : 'inMs') : time

const TYPES = {
  error: 'text',
  errorCode: 'text',
  outputRef: 'text',
  attempt: 'int',
  progress: 'int',
  progressMessage: 'text',
  exitCode: 'int',
  memoryPeakBytes: 'bigint',
  cpuSeconds: 'float8',
  logFinalOffset: 'bigint',
} as const satisfies Partial<Record<keyof RunPatch, string>>

function build({ from, guard = {}, patch, events }: Move, several: boolean, answer: Answer): string {
  const columns = (Object.keys(TYPES) as (keyof typeof TYPES)[]).filter(
    (column) => patch[column] !== undefined,
  )
  const fields = [
    ...columns.map((column) => `"${column}" ${TYPES[column]}`),
    ...(patch.labels === undefined ? [] : ['labels jsonb']),
    ...timeFields(patch),
    ...guardFields(guard),
    'id text, actor text',
    ...events.map((_, n) => `event_${n} jsonb`),
  ]
  const sets = [
    '"updatedAt" = now()',
    ...columns.map((column) => `"${column}" = m."${column}"`),
    ...(patch.labels === undefined ? [] : ['labels = r.labels || m.labels']),
    ...timeSets(patch),
    ...stateSets(patch),
  ]
  const where = `r.id = m.id AND ${conditions(from, guard).join(' AND ')}`
  // Only these change what the statistics count of a run that has ended.
  const recounts = [patch.state, patch.finishedAt, patch.startedAt].some((value) => value !== undefined)
  const leaves = recounts && from.some(isFinal)
  const enters = patch.state === undefined ? leaves : isFinal(patch.state)
  // In one order, or two calls about the same runs could wait for each other.
  const locks = leaves || several
  const counted = [
    ...(leaves ? [{ from: 'old', by: -1 } as const] : []),
    // One that had ended before has had its wait counted then.
    ...(enters ? [{ from: 'moved', by: 1, waits: !leaves } as const] : []),
  ]
  const answered = answer === 'brief' ? briefColumns : runColumns
  return `
    WITH m AS MATERIALIZED (
      SELECT * FROM jsonb_to_recordset($1::jsonb) AS x(${fields.join(', ')})${several ? '' : ' LIMIT 1'}
    )
    ${locks ? `, old AS (SELECT ${leaves ? 'r.*' : 'r.id'} FROM runs r JOIN m ON ${where} ORDER BY r.id FOR NO KEY UPDATE OF r)` : ''}
    , moved AS (
      UPDATE runs r SET ${sets.join(', ')} FROM m${locks ? ' JOIN old ON old.id = m.id' : ''} WHERE ${where}
      RETURNING ${answered('r')}${answer === 'brief' ? ', r."logBytes", r."outputBytes", r.origin' : ''}
    )
    ${events.length > 0 ? `, events AS (${eventRows(events)})` : ''}
    ${counted.length > 0 ? `, counted AS (${pendingStats(counted, several)})` : ''}
    SELECT ${answered('moved')} FROM moved`
}

/** What a caller wants back of each run. */
export type Answer = 'whole' | 'brief'

/** The events of each run, in their order. Their types stand in the text: to take them out of JSON would cost each run. */
function eventRows(events: Move['events']): string {
  const rows = events.map(
    ({ type }, n) => `
      SELECT m.id, '${type}', m.actor, m.event_${n}, ${n} AS n FROM moved JOIN m ON m.id = moved.id`,
  )
  return `INSERT INTO run_events ("runId", type, actor, data)
    SELECT id, type, actor, data FROM (${rows.join(' UNION ALL ')}) e(id, type, actor, data, n)${events.length > 1 ? ' ORDER BY id, n' : ''}`
}

function timeFields(patch: RunPatch): string[] {
  return (['runAt', 'finishedAt', 'cancelRequestedAt'] as const).flatMap((column) => {
    const kind = timeKind(patch[column])
    return kind === 'at' ? `"${column}" timestamptz` : kind === 'inMs' ? `"${column}" float8` : []
  })
}

function guardFields(guard: MoveGuard): string[] {
  const fields = {
    fence: 'int',
    errorCode: 'text',
    storageState: 'text',
    origin: 'text',
    projectId: 'text',
  } as const
  return (Object.keys(fields) as (keyof typeof fields)[]).flatMap((key) =>
    guard[key] === undefined ? [] : `"guard_${key}" ${fields[key]}`,
  )
}

function timeSets(patch: RunPatch): string[] {
  const { runAt, finishedAt, cancelRequestedAt } = patch
  const sets: string[] = []
  // The column holds milliseconds and would round up, so that the run is not due yet.
  if (runAt !== undefined) sets.push(`"runAt" = date_trunc('milliseconds', ${timeSql('runAt', runAt)})`)
  if (cancelRequestedAt !== undefined)
    sets.push(`"cancelRequestedAt" = ${timeSql('cancelRequestedAt', cancelRequestedAt)}`)
  // Going back to the queue forgets the end by itself.
  if (patch.state === 'queued') return sets
  if (finishedAt === null) sets.push('"finishedAt" = NULL')
  else if (finishedAt !== undefined)
    sets.push(
      `"finishedAt" = least(greatest(${timeSql('finishedAt', finishedAt)}, r."startedAt"), greatest(now(), r."startedAt"))`,
    )
  return sets
}

function timeSql(column: string, time: StoreTime | null): string {
  if (time === null) return 'NULL'
  if (time === 'now') return 'now()'
  return 'at' in time ? `m."${column}"` : `now() + m."${column}" * interval '1 millisecond'`
}

/** What a state implies for the lease: leaving `running` ends it, and a queued run has neither start nor holder. */
function stateSets({ state, startedAt }: RunPatch): string[] {
  const toNull: string[] = []
  if (state !== undefined && state !== 'running') toNull.push('leaseExpiresAt', 'claimId')
  if (state === 'queued') toNull.push('finishedAt')
  if (state === 'queued' || startedAt === null)
    toNull.push('claimedBy', 'claimedAt', 'startedAt', 'heartbeatAt', 'pid')
  const sets = toNull.map((column) => `"${column}" = NULL`)
  return state === undefined ? sets : [`state = '${state}'`, ...sets]
}

function conditions(from: Move['from'], guard: MoveGuard): string[] {
  const all: string[] = []
  // A held lease says `running` already, and naming the state makes the planner scan all that run (data page).
  if (guard.leased) all.push('r."leaseExpiresAt" IS NOT NULL')
  else all.push(`r.state IN (${from.map((state) => `'${state}'`).join(', ')})`)
  if (guard.unleased) all.push('r."leaseExpiresAt" IS NULL')
  if (guard.lapsed) all.push(`(${LAPSED})`)
  if (guard.cancelRequested !== undefined)
    all.push(`r."cancelRequestedAt" IS ${guard.cancelRequested ? 'NOT NULL' : 'NULL'}`)
  for (const key of ['fence', 'errorCode', 'storageState', 'origin', 'projectId'] as const)
    if (guard[key] !== undefined) all.push(`r."${key}" = m."guard_${key}"`)
  return all
}

/** When a run's timeout and its grace are over; null without one. */
export const DEADLINE = `(r."startedAt" + (r."timeoutSeconds" + ${LIMITS.timeoutGraceSeconds}) * interval '1 second')`

/** The lease ran out, or the timeout and its grace passed. */
export const LAPSED = `r."leaseExpiresAt" < now() OR ${DEADLINE} < now()`
