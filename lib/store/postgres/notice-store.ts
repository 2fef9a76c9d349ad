import type { NoticeStore, StoredDelivery } from '../../ports/notice-store.ts'
import { alertStore } from './alerts.ts'
import type { Pool } from './connect.ts'
import { deliveryAttempts } from './delivery-attempts.ts'
import { iso } from './iso.ts'
import { query } from './query.ts'
import { webhookStore } from './webhooks.ts'

/** Webhooks, deliveries and alerts in a Postgres database. */
export function postgresNoticeStore(pool: Pool): NoticeStore {
  return {
    ...webhookStore(pool),
    ...deliveryAttempts(pool),
    ...alertStore(pool),
    async announce({ eventId, type, projectId, data }) {
      const [family] = type.split('.')
      await query(pool, ANNOUNCE, [eventId, type, `${family}.*`, projectId, JSON.stringify(data)])
    },
    async recordDelivery({ webhookId, eventId, eventType, payload, status, responseStatus, error }) {
      const given = [webhookId, eventId, eventType, JSON.stringify(payload), status, responseStatus, error]
      const [row] = await query(pool, RECORD, given)
      return row as unknown as StoredDelivery
    },
    async listDeliveries({ webhookId, status, after, limit }) {
      const rows = await query(pool, LIST, [webhookId, status ?? null, after ?? null, limit])
      return rows as unknown as StoredDelivery[]
    },
    async cleanUp({ olderThanDays, limit, channels }) {
      const [row] = await query(pool, CLEAN_UP, [olderThanDays, limit, channels])
      return { givenUp: row?.givenUp as number, removed: row?.removed as number }
    },
  }
}

const DELIVERY = `id, "eventId", "eventType", status, attempts, "nextAttemptAt", "lastAttemptAt", "responseStatus", error,
  "createdAt", "deliveredAt"`

// The trigger on run_events does the same for the events of runs.
const ANNOUNCE = `
  INSERT INTO deliveries ("webhookId", "eventId", "eventType", payload)
  SELECT w.id, $1::text, $2::text, jsonb_build_object('type', $2::text, 'timestamp', ${iso('now()')}, 'data', $5::jsonb)
  FROM webhooks w
  WHERE w."isEnabled" AND w.events ?| ARRAY[$2::text, $3::text] AND (w."projectId" IS NULL OR w."projectId" = $4)
  ON CONFLICT DO NOTHING`

const RECORD = `
  INSERT INTO deliveries ("webhookId", "eventId", "eventType", payload, status, "responseStatus", error, attempts,
    "lastAttemptAt", "deliveredAt")
  VALUES ($1, $2, $3, $4::jsonb, $5::text, $6, $7, 1, now(), CASE WHEN $5 = 'delivered' THEN now() END)
  RETURNING ${DELIVERY}`

const LIST = `
  SELECT ${DELIVERY} FROM deliveries
  WHERE "webhookId" = $1 AND ($2::text IS NULL OR status = $2) AND ($3::bigint IS NULL OR id < $3)
  ORDER BY id DESC LIMIT $4`

// Of a webhook that is disabled or gone, or of a channel that is no more: nobody claims these.
const CLEAN_UP = `
  WITH abandoned AS (
    UPDATE deliveries SET status = 'failed', error = 'nobody has taken it for a day'
    WHERE id = ANY(ARRAY(
      SELECT id FROM deliveries
      WHERE status = 'pending' AND "createdAt" < now() - interval '30 hours' AND "nextAttemptAt" < now() - interval '5 hours'
        AND CASE channel
          WHEN 'webhook' THEN NOT EXISTS (SELECT FROM webhooks w WHERE w.id = "webhookId" AND w."isEnabled")
          ELSE channel <> ALL ($3::text[]) END
      LIMIT $2 FOR UPDATE SKIP LOCKED
    )) RETURNING id
  ), old_deliveries AS (
    DELETE FROM deliveries WHERE id = ANY(ARRAY(
      SELECT id FROM deliveries WHERE status <> 'pending' AND "createdAt" < now() - $1::float8 * interval '1 day'
      ORDER BY "createdAt" LIMIT $2 FOR UPDATE SKIP LOCKED
    )) RETURNING id
  ), old_alerts AS (
    DELETE FROM alerts WHERE id = ANY(ARRAY(
      SELECT id FROM alerts WHERE "resolvedAt" < now() - $1::float8 * interval '1 day' ORDER BY "openedAt" LIMIT $2
    )) RETURNING id
  )
  SELECT (SELECT count(*) FROM abandoned)::int AS "givenUp",
    ((SELECT count(*) FROM old_deliveries) + (SELECT count(*) FROM old_alerts))::int AS removed`
