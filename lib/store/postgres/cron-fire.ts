import type { CronEvent, CronStore, Firing, NewOccurrence, SeenJob } from '../../ports/cron-store.ts'
import type { TriggeredBy } from '../../run/cron-execution.ts'
import type { OverlapPolicy } from '../../run/cron-job.ts'
import { MOST_OPEN, type OpenExecution, type Settled, settleOverlap } from '../../run/settle-overlap.ts'
import { appendAudit } from './audit-append.ts'
import { guarded, type Pool, type PoolClient, transaction } from './connect.ts'
import { countEnded } from './cron-counts.ts'
import { executionColumns, toExecution } from './cron-rows.ts'
import { dueAt, IS_KEPT } from './cron-turns.ts'
import { insertRunsWithin } from './insert.ts'
import { query } from './query.ts'
import { scriptRegistry } from './scripts.ts'

/** How executions come to be: when a job is due, and by hand. */
export function cronFiring(pool: Pool): Pick<CronStore, 'fire' | 'trigger'> {
  const scripts = scriptRegistry(pool)
  const add = async (client: PoolClient, adding: Adding) => {
    const { rows, runs } = toRows(adding, await openOf(client, adding.jobId))
    const added = (await query(client, INSERT, [JSON.stringify(rows)])).map(toExecution)
    const isAdded = new Set(added.map(({ id }) => id))
    const begun = runs.filter(({ cronExecutionId }) => isAdded.has(cronExecutionId ?? ''))
    if (begun.length > 0) await insertRunsWithin(client, adding.scriptId, begun)
    return added.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  }
  const inTransaction = <T>(work: (client: PoolClient) => Promise<T>) =>
    guarded(() => transaction(pool, 'BEGIN', work))
  return {
    async fire({ seen, nextRunAt, problem, occurrences, ...rest }) {
      const scriptId = await scripts(occurrences.flatMap(({ run }) => run ?? []))
      const triggeredBy = 'scheduler'
      const given = {
        ...rest,
        occurrences,
        scriptId,
        triggeredBy,
        triggeredByUserId: null,
        jobId: seen.id,
      } as const
      return await inTransaction(async (client) => {
        if (!(await moveOn(client, seen, nextRunAt, problem, rest.at))) return null
        return await add(client, given)
      })
    },
    async trigger({ id, run, jobId, ...rest }, audit) {
      const scriptId = await scripts(run ? [run] : [])
      const once: NewOccurrence = {
        id,
        run,
        scheduledFor: null,
        status: 'queued',
        reason: null,
        lateMs: null,
      }
      // A person's wish waits where an occurrence would be skipped.
      const overlapPolicy: OverlapPolicy = rest.overlapPolicy === 'allow' ? 'allow' : 'queue'
      const given = {
        ...rest,
        overlapPolicy,
        jobId,
        scriptId,
        occurrences: [once],
        tellsMissed: false,
      }
      return await inTransaction(async (client) => {
        if ((await query(client, LOCK, [jobId])).length === 0) return null
        const [added] = await add(client, given)
        if (audit !== undefined && added !== undefined && added.status !== 'skipped')
          await appendAudit(client, [audit])
        return added ?? null
      })
    },
  }
}

interface Adding extends Omit<Firing, 'seen' | 'nextRunAt' | 'problem'> {
  jobId: string
  triggeredBy: TriggeredBy
  triggeredByUserId: string | null
  scriptId: Awaited<ReturnType<ReturnType<typeof scriptRegistry>>>
}

/** Locks the job, whose executions then nobody else adds to. */
async function moveOn(
  client: PoolClient,
  { id, updatedAt, nextRunAt: seenAt }: SeenJob,
  nextRunAt: string | null,
  problem: string | undefined,
  at: string,
): Promise<boolean> {
  const values = [id, updatedAt, seenAt, nextRunAt, problem ?? null, at]
  return (await query(client, MOVE_ON, values)).length > 0
}

const MOVE_ON = `
  UPDATE cron_jobs SET "nextRunAt" = $4, problem = $5, "firedAt" = $6
  WHERE id = $1 AND "updatedAt" = $2 AND "nextRunAt" = $3 RETURNING id`
const LOCK = `SELECT id FROM cron_jobs j WHERE id = $1 AND ${IS_KEPT} FOR NO KEY UPDATE`

/** A statement of its own, after the job is locked: it sees what others added until then. */
async function openOf(client: PoolClient, jobId: string): Promise<OpenExecution[]> {
  return (await query(client, OPEN, [jobId])) as unknown as OpenExecution[]
}

const OPEN = `
  SELECT id, status, "scheduledFor" FROM cron_job_executions e
  WHERE "cronJobId" = $1 AND status IN ('queued', 'running')
  ORDER BY status DESC, ${dueAt('e')}, id LIMIT ${MOST_OPEN}`

function toRows(adding: Adding, open: OpenExecution[]) {
  const { occurrences, overlapPolicy, at, requestId, triggeredBy, triggeredByUserId, jobId } = adding
  const settled = settleOverlap(occurrences, overlapPolicy, open)
  const lastMissed = adding.tellsMissed ? settled.findLast(({ status }) => status === 'missed') : undefined
  const rows = settled.map((one) => {
    const { id, scheduledFor, lateMs } = one.arriving
    const run = runOf(one)
    return {
      id,
      cronJobId: jobId,
      scheduledFor,
      status: run ? 'running' : one.status,
      reason: one.reason,
      notBefore: at,
      startedAt: run ? at : null,
      lateMs,
      triggeredBy,
      triggeredByUserId,
      requestId,
      runId: run?.id ?? null,
      isExclusive: overlapPolicy !== 'allow',
      event: one === lastMissed ? ('cron.missed' satisfies CronEvent) : null,
      createdAt: at,
    }
  })
  return { rows, runs: settled.flatMap((one) => runOf(one) ?? []) }
}

/** The run of one that begins with being enqueued. */
const runOf = ({ arriving, mayBegin }: Settled<NewOccurrence>) => (mayBegin ? arriving.run : undefined)

const FIELDS = `
  id text, "cronJobId" text, "scheduledFor" timestamptz, status text, reason text, "notBefore" timestamptz,
  "startedAt" timestamptz, "lateMs" bigint, "triggeredBy" text, "triggeredByUserId" text, "requestId" text,
  "runId" text, "isExclusive" boolean, event text, "createdAt" timestamptz`
const COLUMNS = FIELDS.replaceAll(/(\w+|"\w+") \w+/g, '$1')
const INSERT = `
  WITH added AS (
    INSERT INTO cron_job_executions AS e (${COLUMNS})
    SELECT ${COLUMNS} FROM jsonb_to_recordset($1::jsonb) AS x(${FIELDS})
    ON CONFLICT ("cronJobId", "scheduledFor", "retryCount") WHERE "scheduledFor" IS NOT NULL DO NOTHING
    RETURNING e.*
  ), counted AS (${countEnded('added')})
  SELECT ${executionColumns('added')} FROM added`
