import type { AuditEntry } from '../../ports/audit-store.ts'
import type { CronJobCounts, CronJobPatch, CronStore } from '../../ports/cron-store.ts'
import { CRON_CHANGES_KEPT, type CronJobChanged } from '../../run/cron-job.ts'
import { LedgerError } from '../../run/errors.ts'
import { audited } from './audited.ts'
import { isUniqueViolation, type Pool } from './connect.ts'
import { jobColumns, toJob } from './cron-rows.ts'
import { query } from './query.ts'

type JobMethods =
  | 'insertJob'
  | 'getJob'
  | 'listJobs'
  | 'updateJob'
  | 'changesOf'
  | 'deleteExecutionsOf'
  | 'deleteJob'
  | 'countJobs'
  | 'due'

/** Cron jobs as they are defined. */
export function cronJobRows(pool: Pool): Pick<CronStore, JobMethods> {
  const one = async (text: string, values: unknown[], audit?: AuditEntry) => {
    const [row] = await audited(pool, audit, text, values)
    return row === undefined ? null : toJob(row)
  }
  return {
    insertJob: (job, at, audit) => one(INSERT, [JSON.stringify(job), at], audit),
    getJob: (idOrName) => one(GET, [idOrName]),
    async listJobs({ isEnabled, isFailing, origin, contains, after, limit }) {
      const isOwn = origin === undefined ? null : origin === 'program'
      const values = [isEnabled ?? null, isFailing ?? null, isOwn, contains ?? null, after ?? null, limit]
      return (await query(pool, LIST, values)).map(toJob)
    },
    updateJob: ({ id, updatedAt, nextRunAt }, patch, at, { change, audit } = {}) => {
      const noted = change === undefined ? [] : [change.by, JSON.stringify(change.fields)]
      const values = [id, updatedAt, nextRunAt, JSON.stringify(patch), at, ...noted]
      return one(updateText(patch, change !== undefined), values, audit).catch((error) => {
        if (!isUniqueViolation(error)) throw error
        throw new LedgerError('conflict', `there is another cron job with the name ${patch.name}`)
      })
    },
    async changesOf(id) {
      return (await query(pool, CHANGES, [id])) as unknown as CronJobChanged[]
    },
    async deleteExecutionsOf(id, limit) {
      return (await query(pool, DELETE_EXECUTIONS, [id, limit])).length
    },
    async deleteJob(id) {
      return (await query(pool, DELETE, [id])).length > 0
    },
    async countJobs() {
      return (await query(pool, COUNT))[0] as unknown as CronJobCounts
    },
    async due(at, limit, action) {
      return (await query(pool, DUE, [at, limit, action ?? null])).map(toJob)
    },
  }
}

/** What may be written of a job, and how it is read. */
const FIELDS = {
  name: 'text',
  description: 'text',
  schedule: 'text',
  timeZone: 'text',
  action: 'jsonb',
  projectId: 'text',
  isEnabled: 'boolean',
  problem: 'text',
  timeoutMs: 'int',
  maxRetries: 'int',
  missedPolicy: 'text',
  overlapPolicy: 'text',
  definition: 'jsonb',
  changes: 'jsonb',
  nextRunAt: 'timestamptz',
  lastModifiedBy: 'text',
} as const
type Field = keyof typeof FIELDS
const NAMES = Object.keys(FIELDS) as Field[]

/** JSON's null is a value of jsonb. */
const readOf = (name: Field) =>
  FIELDS[name] === 'jsonb' ? `nullif(x."${name}", 'null'::jsonb)` : `x."${name}"`

const GIVEN = NAMES.filter((name) => name !== 'changes' && name !== 'lastModifiedBy')
const INSERT = `
  INSERT INTO cron_jobs (id, "createdBy", "lastModifiedBy", "createdAt", "updatedAt",
    ${GIVEN.map((name) => `"${name}"`).join(', ')})
  SELECT x.id, x."createdBy", x."createdBy", $2::timestamptz, $2::timestamptz, ${GIVEN.map(readOf).join(', ')}
  FROM jsonb_to_record($1::jsonb) AS x(id text, "createdBy" text,
    ${GIVEN.map((name) => `"${name}" ${FIELDS[name]}`).join(', ')})
  ON CONFLICT (name) DO NOTHING RETURNING ${jobColumns('cron_jobs')}`

const COLUMNS = jobColumns('j')
const GET = `SELECT ${COLUMNS} FROM cron_jobs j WHERE id = $1 OR name = $1 ORDER BY id = $1 DESC LIMIT 1`
const LIST = `
  SELECT ${COLUMNS} FROM cron_jobs j
  WHERE ($1::boolean IS NULL OR "isEnabled" = $1)
    AND ($2::boolean IS NULL OR ("isEnabled" AND problem IS NOT NULL OR "failuresInRow" > 0) = $2)
    AND ($3::boolean IS NULL OR (definition IS NOT NULL) = $3)
    AND ($4::text IS NULL OR position(lower($4) IN lower(concat_ws(' ', name, description))) > 0)
    AND ($5::text IS NULL OR name > $5) ORDER BY name LIMIT $6`
/** What is open first, so that none of it begins any more; not by sorting them, of which there may be millions. */
const DELETE_EXECUTIONS = `
  DELETE FROM cron_job_executions WHERE id IN (
    (SELECT id FROM cron_job_executions WHERE "cronJobId" = $1 AND status IN ('queued', 'running') LIMIT $2)
    UNION ALL
    (SELECT id FROM cron_job_executions WHERE "cronJobId" = $1 AND status NOT IN ('queued', 'running') LIMIT $2)
    LIMIT $2
  ) RETURNING id`
const DELETE = `
  WITH counts AS (DELETE FROM cron_job_stats WHERE "cronJobId" = $1)
  DELETE FROM cron_jobs WHERE id = $1 RETURNING id`
const CHANGES = `SELECT at, by, fields FROM cron_job_changes WHERE "cronJobId" = $1 ORDER BY id DESC`
const COUNT = `
  SELECT count(*)::int AS total, count(*) FILTER (WHERE "isEnabled")::int AS enabled,
    count(*) FILTER (WHERE "isEnabled" AND problem IS NOT NULL)::int AS "withProblem",
    count(*) FILTER (WHERE "failuresInRow" > 0)::int AS failing
  FROM cron_jobs`
/** In turn: by when it was due or, where that is later, when something of it was recorded last, as with a long backlog. */
const DUE = `
  SELECT ${COLUMNS} FROM cron_jobs j WHERE "isEnabled" AND "nextRunAt" IS NOT NULL AND "nextRunAt" <= $1
    AND ($3::text IS NULL OR action->>'type' = $3)
  ORDER BY greatest("nextRunAt", "firedAt"), "firedAt" NULLS FIRST, "nextRunAt", id LIMIT $2`

const texts = new Map<string, string>()

/** A statement for each set of columns, made once; `updatedAt` always grows, so that each change can be told from the last. */
function updateText(patch: CronJobPatch, isNoted: boolean): string {
  const names = NAMES.filter((name) => patch[name] !== undefined)
  const key = `${isNoted} ${names.join()}`
  const text =
    texts.get(key) ??
    `WITH changed AS (
      UPDATE cron_jobs j SET "updatedAt" = greatest($5::timestamptz, j."updatedAt" + interval '1 millisecond')
        ${names.map((name) => `, "${name}" = ${readOf(name)}`).join('')}
      FROM jsonb_to_record($4::jsonb) AS x(${NAMES.map((name) => `"${name}" ${FIELDS[name]}`).join(', ')})
      WHERE j.id = $1 AND j."updatedAt" = $2 AND j."nextRunAt" IS NOT DISTINCT FROM $3::timestamptz RETURNING j.*
    )${isNoted ? NOTED : ''} SELECT ${jobColumns('changed')} FROM changed`
  texts.set(key, text)
  return text
}

/** With the change that is noted, as many are kept as `CRON_CHANGES_KEPT` says. */
const NOTED = `, noted AS (
    INSERT INTO cron_job_changes ("cronJobId", at, by, fields)
    SELECT id, "updatedAt", $6, $7::jsonb FROM changed
  ), pruned AS (
    DELETE FROM cron_job_changes o USING changed c WHERE o."cronJobId" = c.id AND o.id IN (
      SELECT id FROM cron_job_changes WHERE "cronJobId" = $1 ORDER BY id DESC OFFSET ${CRON_CHANGES_KEPT - 1}
    )
  )`
