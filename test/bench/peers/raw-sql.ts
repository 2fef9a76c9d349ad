import pg from 'pg'
import { monotonicFactory } from 'ulid'
import { migratePostgres } from '../../../lib/store/postgres/migrate.ts'
import { ask, settle } from '../databases.ts'
import { fillFinished, fillQueued } from '../fill/fill-runs.ts'
import { type Item, itemOf, itemsOf, KIND } from '../workload.ts'
import { type Peer, workByCalls } from './peer.ts'

const newId = monotonicFactory()
const TABLES = { runs: 'raw_runs', events: 'raw_events' }

/**
 * What one would write by hand: named statements of `pg`, on a table of the same columns, checks and number of indexes, with
 * rows of the same size. `history` writes the events and the statistics that ours writes, in the same statement.
 */
export async function openRawSql(url: string, { history }: { history: boolean }): Promise<Peer> {
  await migratePostgres(url)
  await ask(url, ...MAKE_TABLES)
  const pool = new pg.Pool({ connectionString: url, max: 10 })
  const statements = history ? WITH_HISTORY : ROWS_ALONE
  const query = async (name: keyof typeof ROWS_ALONE, values: unknown[]) =>
    (await pool.query({ name, text: statements[name], values })).rows as { id: string; fence: number }[]
  return {
    name: history ? 'raw SQL, history' : 'raw SQL',
    close: () => pool.end(),
    enqueue: async (n) => void (await query('insert', toColumns(itemOf(n)))),
    async enqueueBatch(count) {
      const rows = itemsOf(count).map(toColumns)
      const columns = [0, 1, 2, 3, 4].map((column) => rows.map((row) => row[column]))
      await query('insertMany', columns)
    },
    work: (job) =>
      workByCalls(job, async (limit) => {
        const claimed = await query('claim', [KIND, limit, 'bench', 60])
        if (claimed.length === 0) return 0
        if (limit === 1) await query('complete', [claimed[0]?.id, claimed[0]?.fence, 's3://invoices/2026-11'])
        else
          await query('completeMany', [
            claimed.map(({ id }) => id),
            claimed.map(({ fence }) => fence),
            's3://invoices/2026-11',
          ])
        return claimed.length
      }),
    async refill(waiting) {
      await ask(url, `DELETE FROM raw_runs WHERE state = 'queued'`)
      await fillQueued(url, { count: waiting, kinds: [KIND], tables: TABLES })
      await ask(url, 'ANALYZE raw_runs, raw_events')
    },
    async fillFinished(count) {
      await fillFinished(url, count, TABLES)
      await settle(url)
      return true
    },
    empty: async () => void (await ask(url, 'TRUNCATE raw_runs, raw_events, run_stats_pending')),
    async counts() {
      const [row] = await ask(
        url,
        `SELECT count(*) FILTER (WHERE state = 'queued')::int AS waiting,
           count(*) FILTER (WHERE state = 'succeeded')::int AS finished FROM raw_runs`,
      )
      return row as { waiting: number; finished: number }
    },
  }
}

const toColumns = ({ kind, name, input, labels }: Item) => [
  newId(),
  kind,
  name,
  JSON.stringify(input),
  JSON.stringify(labels),
]

const MAKE_TABLES = [
  'CREATE TABLE raw_runs (LIKE runs INCLUDING ALL)',
  'CREATE TABLE raw_events (LIKE run_events INCLUDING ALL)',
  // The ready index of a table with one tenant, in the order its one claim asks for.
  `DO $$ DECLARE name text; BEGIN
     SELECT indexname INTO name FROM pg_indexes
     WHERE tablename = 'raw_runs' AND indexdef LIKE '%priority%' AND indexdef LIKE '%queued%';
     IF name IS NOT NULL THEN EXECUTE format('DROP INDEX %I', name); END IF;
   END $$`,
  `CREATE INDEX raw_ready ON raw_runs (kind, priority DESC, "runAt", id) WHERE state = 'queued'`,
]

const COLUMNS = 'id, kind, name, input, labels'
const INSERT = `INSERT INTO raw_runs (${COLUMNS}, state, "createdBy") VALUES ($1, $2, $3, $4, $5, 'queued', 'bench')`
const INSERT_MANY = `
  INSERT INTO raw_runs (${COLUMNS}, state, "createdBy")
  SELECT ${COLUMNS}, 'queued', 'bench'
  FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[], $5::jsonb[]) AS x(${COLUMNS})`
const PICKED = `
  picked AS (
    SELECT id FROM raw_runs WHERE state = 'queued' AND kind = $1 AND "runAt" <= now()
    ORDER BY priority DESC, "runAt", id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
  )`
const CLAIM = `
  UPDATE raw_runs r SET state = 'running', attempt = attempt + 1, fence = fence + 1, "claimedBy" = $3, "claimedAt" = now(),
    "startedAt" = now(), "heartbeatAt" = now(), "leaseExpiresAt" = now() + $4::float8 * interval '1 second', "updatedAt" = now(),
    "folderName" = to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD_HH24MISS_') || r.id
  FROM picked WHERE r.id = picked.id AND r.state = 'queued'
  RETURNING r.id, r.kind, r.name, r.input, r.labels, r.fence`
const DONE = `
  state = 'succeeded', "finishedAt" = now(), "leaseExpiresAt" = NULL, "claimId" = NULL, "outputRef" = $3, progress = 100,
  "updatedAt" = now()`
const COMPLETE = `
  UPDATE raw_runs r SET ${DONE} WHERE id = $1 AND fence = $2 AND "leaseExpiresAt" IS NOT NULL
  RETURNING r.id, r.kind, r."startedAt", r."finishedAt", r."outputRef", r.fence`
const COMPLETE_MANY = `
  UPDATE raw_runs r SET ${DONE} FROM unnest($1::text[], $2::int[]) AS x(id, fence)
  WHERE r.id = x.id AND r.fence = x.fence AND r."leaseExpiresAt" IS NOT NULL
  RETURNING r.id, r.kind, r."startedAt", r."finishedAt", r."outputRef", r.fence`

const ROWS_ALONE = {
  insert: INSERT,
  insertMany: INSERT_MANY,
  claim: `WITH ${PICKED} ${CLAIM}`,
  complete: COMPLETE,
  completeMany: COMPLETE_MANY,
}

const withEnqueued = (insert: string) => `
  WITH added AS (${insert} RETURNING id, kind), told AS (
    INSERT INTO raw_events ("runId", type, actor, data)
    SELECT id, 'run.enqueued', 'bench', jsonb_build_object('kind', kind) FROM added
  ) SELECT id FROM added`
const withEnded = (update: string) => `
  WITH done AS (${update}), told AS (
    INSERT INTO raw_events ("runId", type, actor, data)
    SELECT id, 'run.succeeded', 'bench',
      jsonb_build_object('fence', fence, 'outputRef', "outputRef", 'by', 'holder', 'outcome', 'succeeded')
    FROM done
  ), counted AS (
    INSERT INTO run_stats_pending
    SELECT date_trunc('hour', "finishedAt"), '', kind, 'succeeded', 1, 1,
      extract(epoch FROM "finishedAt" - "startedAt")::bigint * 1000, 0, 0 FROM done
  ) SELECT id FROM done`

const WITH_HISTORY = {
  insert: withEnqueued(INSERT),
  insertMany: withEnqueued(INSERT_MANY),
  claim: `
    WITH ${PICKED}, taken AS (${CLAIM}), told AS (
      INSERT INTO raw_events ("runId", type, actor, data)
      SELECT id, 'run.started', 'bench', jsonb_build_object('workerId', $3::text, 'fence', fence) FROM taken
    ) SELECT * FROM taken`,
  complete: withEnded(COMPLETE),
  completeMany: withEnded(COMPLETE_MANY),
}
