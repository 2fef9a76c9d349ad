import { ask, withoutIndexes } from '../databases.ts'
import { itemOf, KINDS } from '../workload.ts'

/** Into which tables; raw SQL has a twin of ours. */
export interface Tables {
  runs: string
  events: string
}

const OURS: Tables = { runs: 'runs', events: 'run_events' }

export interface Waiting {
  count: number
  kinds: readonly string[]
  /** Which they have, in turns. */
  priorities?: number[]
  tables?: Tables
}

/** Lets so many runs wait, evenly of these kinds, with their events; created in the last hour. */
export async function fillQueued(
  url: string,
  { count, kinds, priorities = [1], tables = OURS }: Waiting,
): Promise<void> {
  await ask(
    url,
    ULID,
    KIND_IDS,
    'SET synchronous_commit = off',
    `WITH n AS (SELECT n, now() - (${count} - n) * interval '1 hour' / ${count} AS at, ${pick(kinds, 'n')} AS kind,
         ('{${priorities.join(',')}}'::int[])[1 + n % ${priorities.length}] AS priority
       FROM generate_series(1, ${count}) AS n
     ), added AS (
       INSERT INTO ${tables.runs} (id, kind, name, "scriptId", input, labels, priority, state, "createdBy", "runAt", "createdAt", "updatedAt")
       SELECT pg_temp.ulid_of(at, n), kind, ${NAME}, ${scriptOf('NULL')}, ${INPUT}, ${LABELS}, priority, 'queued', 'bench', at, at, at FROM n
       RETURNING id, kind, "createdAt"
     )
     INSERT INTO ${tables.events} ("runId", type, actor, at, data)
     SELECT id, 'run.enqueued', 'bench', "createdAt", jsonb_build_object('kind', kind) FROM added`,
  )
}

/**
 * So many runs that ended in the last 30 days, with the three events of each: 90 % succeeded, 8 % failed, 2 % canceled; of 8
 * kinds, three projects and none (70 %); archived from the 20th day on, deleted from the 27th; a fifth with a key.
 */
export async function fillFinished(url: string, count: number, tables: Tables = OURS): Promise<void> {
  await withoutIndexes(url, Object.values(tables), () => insertFinished(url, count, tables))
}

async function insertFinished(url: string, count: number, tables: Tables): Promise<void> {
  await ask(
    url,
    'SET synchronous_commit = off',
    ULID,
    KIND_IDS,
    `INSERT INTO ${tables.runs} (id, "projectId", kind, name, "scriptId", input, labels, state, "createdBy", "runAt", "createdAt",
       "updatedAt", attempt, fence, "claimedBy", "claimedAt", "startedAt", "heartbeatAt", "finishedAt", progress, "exitCode",
       "outputRef", error, "errorCode", "idempotencyKey", "idempotencyHash", "folderName", "storageState", "archivedAt", "deletedAt")
     SELECT id, project, kind, ${NAME}, ${scriptOf('project')}, ${INPUT}, ${LABELS}, state, 'bench', at, at,
       ended, 1, 1, 'worker-' || n % 20, began, began, began, ended, 100, 0,
       's3://invoices/2026-11/' || n, CASE state WHEN 'failed' THEN 'the mail server said 451' END,
       CASE state WHEN 'failed' THEN 'error' END,
       CASE WHEN n % 5 = 0 THEN 'key-' || n END, CASE WHEN n % 5 = 0 THEN md5(n::text) || md5(n::text) END,
       to_char(began AT TIME ZONE 'UTC', 'YYYYMMDD_HH24MISS_') || id,
       storage, CASE WHEN storage <> 'active' THEN ended + interval '20 days' END,
       CASE WHEN storage = 'deleted' THEN ended + interval '27 days' END
     FROM (
       SELECT n, at, pg_temp.ulid_of(at, n) AS id, at + interval '2 seconds' AS began, at + interval '2 seconds' + (n % 900) * interval '1 second' AS ended,
         ${pick(KINDS, 'n')} AS kind,
         CASE WHEN n % 10 < 7 THEN NULL WHEN n % 10 < 9 THEN 'acme' WHEN n % 100 = 99 THEN 'initech' ELSE 'globex' END AS project,
         CASE WHEN n % 50 = 0 THEN 'canceled' WHEN n % 25 IN (1, 2) THEN 'failed' ELSE 'succeeded' END AS state,
         CASE WHEN at < now() - interval '27 days' THEN 'deleted' WHEN at < now() - interval '20 days' THEN 'archived'
           ELSE 'active' END AS storage
       FROM (
         SELECT n, now() - interval '2 hours' - (${count} - n) * interval '30 days' / ${count} AS at FROM generate_series(1, ${count}) AS n
       ) AS x
       OFFSET 0
     ) AS y`,
    `INSERT INTO ${tables.events} ("runId", type, actor, at, data)
     SELECT id, 'run.enqueued', "createdBy", "createdAt", jsonb_build_object('kind', kind) FROM ${tables.runs} WHERE "finishedAt" IS NOT NULL`,
    `INSERT INTO ${tables.events} ("runId", type, actor, at, data)
     SELECT id, 'run.started', "claimedBy", "startedAt", jsonb_build_object('workerId', "claimedBy", 'fence', fence, 'attempt', attempt)
     FROM ${tables.runs} WHERE "finishedAt" IS NOT NULL`,
    `INSERT INTO ${tables.events} ("runId", type, actor, at, data)
     SELECT id, 'run.' || state, "claimedBy", "finishedAt",
       jsonb_build_object('fence', fence, 'outputRef', "outputRef", 'by', 'holder', 'outcome', 'succeeded')
     FROM ${tables.runs} WHERE "finishedAt" IS NOT NULL`,
  )
}

/**
 * So many runs that began 4 to 10 days ago and have run since, with their two events: of 8 kinds and the three projects and none,
 * four fifths of them claimed by tens under a name.
 */
export async function fillStale(url: string, count: number): Promise<void> {
  await ask(
    url,
    'SET synchronous_commit = off',
    ULID,
    KIND_IDS,
    `WITH n AS (
       SELECT n, at, pg_temp.ulid_of(at, n) AS id, at + interval '2 seconds' AS began, ${pick(KINDS, 'n')} AS kind,
         CASE WHEN n % 10 < 7 THEN NULL WHEN n % 10 < 9 THEN 'acme' ELSE 'globex' END AS project,
         CASE WHEN n % 5 > 0 THEN md5((n / 10)::text) END AS claim
       FROM (
         SELECT n, now() - interval '10 days' + n * interval '6 days' / ${count} AS at FROM generate_series(1, ${count}) AS n
       ) AS x
       OFFSET 0
     ), added AS (
       INSERT INTO runs (id, "projectId", kind, name, "scriptId", input, labels, state, "createdBy", "runAt", "createdAt",
         "updatedAt", attempt, fence, "claimedBy", "claimedAt", "claimId", "startedAt", "heartbeatAt", "leaseExpiresAt", "folderName")
       SELECT id, project, kind, ${NAME}, ${scriptOf('project')}, ${INPUT}, ${LABELS}, 'running', 'bench', at, at,
         began, 1, 1, 'worker-' || n % 20, began, claim, began, began, now() + interval '1 hour',
         to_char(began AT TIME ZONE 'UTC', 'YYYYMMDD_HH24MISS_') || id
       FROM n RETURNING id, kind, "createdAt", "startedAt", "claimedBy"
     )
     INSERT INTO run_events ("runId", type, actor, at, data)
     SELECT id, 'run.enqueued', 'bench', "createdAt", jsonb_build_object('kind', kind) FROM added
     UNION ALL
     SELECT id, 'run.started', "claimedBy", "startedAt", jsonb_build_object('workerId', "claimedBy", 'fence', 1, 'attempt', 1) FROM added`,
  )
}

/** A ULID of that instant, whose random part is made of `n`: hexadecimal digits are Crockford's, too. */
const ULID = `
  CREATE OR REPLACE FUNCTION pg_temp.ulid_of(at timestamptz, n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT ${[45, 40, 35, 30, 25, 20, 15, 10, 5, 0]
      .map(
        (shift) =>
          `substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', ((extract(epoch FROM at) * 1000)::bigint >> ${shift} & 31)::int + 1, 1)`,
      )
      .join(' || ')} || upper(substr(md5(n::text), 1, 16))
  $$`

const KIND_IDS = `
  INSERT INTO scripts ("projectId", name)
  SELECT project, kind FROM unnest('{NULL,acme,globex,initech}'::text[]) project, unnest('{${KINDS.join(',')}}'::text[]) kind
  ON CONFLICT DO NOTHING`

const pick = (kinds: readonly string[], n: string) =>
  `('{${kinds.join(',')}}'::text[])[1 + ${n} % ${kinds.length}]`

/** The number of a kind in its project. */
const scriptOf = (project: string) => `(
  SELECT s.id FROM scripts s WHERE coalesce(s."projectId", '') = coalesce(${project}, '') AND s.name = kind)`
const CUSTOMER = `'c-' || n % 10000`
const NAME = `'Invoice ' || n || ' for ' || ${CUSTOMER}`
const { input, labels } = itemOf(0)
const INPUT = jsonWith(input)
const LABELS = jsonWith(labels)

/** The item's JSON as SQL, with the customer of row `n` in it. */
function jsonWith(value: object): string {
  return `replace('${JSON.stringify(value)}', 'c-0', ${CUSTOMER})::jsonb`
}
