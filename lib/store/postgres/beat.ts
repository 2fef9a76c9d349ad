import type { Beat, BeatAnswer } from '../../ports/run-store.ts'
import { LIMITS, PROGRESS_MILESTONE } from '../../run/limits.ts'
import type { Pool } from './connect.ts'
import { query } from './query.ts'

/** `RunStore.beat`: one statement writes; those it left alone are read by a second one, to tell "too soon" from "lost". */
export async function beatRuns(pool: Pool, beats: Beat[]): Promise<(BeatAnswer | null)[]> {
  const answers = new Array<BeatAnswer | null>(beats.length).fill(null)
  const input = beats.map((beat, n) => ({ n, ...beat }))
  await answer(pool, WRITE, input, answers)
  const rest = input.filter(({ n }) => answers[n] === null)
  if (rest.length > 0) await answer(pool, READ, rest, answers)
  return answers
}

async function answer(
  pool: Pool,
  text: string,
  input: object[],
  answers: (BeatAnswer | null)[],
): Promise<void> {
  for (const row of await query(pool, text, [JSON.stringify(input)]))
    answers[row.n as number] = {
      leaseExpiresAt: row.leaseExpiresAt as string,
      cancelRequested: row.cancelRequested as boolean,
    }
}

const BEATS = `
  jsonb_to_recordset($1::jsonb) AS b(
    n int, id text, fence int, "leaseSeconds" float8, "projectId" text, actor text, progress int, message text)`
// Not guarded by state: the planner would scan the whole running index (data page).
const HELD = `
  r.id = b.id AND r.fence = b.fence AND r."leaseExpiresAt" IS NOT NULL
  AND (b."projectId" IS NULL OR r."projectId" = b."projectId")`
const WRITE = `
  WITH held AS (
    SELECT b.*, r.progress AS before, greatest(now(), r."claimedAt" + interval '1 millisecond') AS at FROM ${BEATS} JOIN runs r ON ${HELD}
    WHERE r."heartbeatAt" <= now() - interval '${LIMITS.heartbeatWriteMs} milliseconds'
      OR (b.progress IS NOT NULL AND r."heartbeatAt" = r."claimedAt")
    ORDER BY r.id FOR NO KEY UPDATE OF r
  ), written AS (
    UPDATE runs r SET "leaseExpiresAt" = held.at + held."leaseSeconds" * interval '1 second',
      "heartbeatAt" = held.at, "updatedAt" = now(),
      progress = coalesce(held.progress, r.progress), "progressMessage" = coalesce(held.message, r."progressMessage")
    FROM held WHERE r.id = held.id
    RETURNING held.n, r.id, held.before, r.progress, r."progressMessage", held.actor, r."leaseExpiresAt", r."cancelRequestedAt"
  ), events AS (
    INSERT INTO run_events ("runId", type, actor, data)
    SELECT id, 'run.progress', actor, jsonb_build_object('progress', progress, 'message', "progressMessage")
    FROM written WHERE progress / ${PROGRESS_MILESTONE} > before / ${PROGRESS_MILESTONE}
  )
  SELECT n, "leaseExpiresAt", "cancelRequestedAt" IS NOT NULL AS "cancelRequested" FROM written`
const READ = `
  SELECT b.n, r."leaseExpiresAt", r."cancelRequestedAt" IS NOT NULL AS "cancelRequested"
  FROM ${BEATS} JOIN runs r ON ${HELD}`
