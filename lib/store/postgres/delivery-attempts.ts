import type { ClaimedDelivery, NoticeStore, StoredWebhook } from '../../ports/notice-store.ts'
import type { Pool } from './connect.ts'
import { query } from './query.ts'
import { webhookColumns } from './webhooks.ts'

/** Deliveries as they are claimed, tried, and told of. */
export function deliveryAttempts(
  pool: Pool,
): Pick<NoticeStore, 'claimDeliveries' | 'delivered' | 'notDelivered' | 'release'> {
  return {
    async claimDeliveries({ limit, channels, underWay, leaseSeconds }) {
      const given = [limit, channels, leaseSeconds, JSON.stringify(underWay)]
      return (await query(pool, CLAIM, given)).map(toClaimed)
    },
    async delivered({ id, attempts }, responseStatus) {
      await query(pool, DELIVERED, [id, attempts, responseStatus])
    },
    async notDelivered({ id, attempts }, { error, responseStatus, retryInMs, waitMs }) {
      const given = [id, attempts, responseStatus, error, retryInMs, waitMs]
      return { failsForADay: (await query(pool, NOT_DELIVERED, given)).length > 0 }
    },
    async release({ id, attempts }) {
      await query(pool, RELEASE, [id, attempts])
    },
  }
}

function toClaimed(row: Record<string, unknown>): ClaimedDelivery {
  const { deliveryId, eventId, channel, payload, attempts, lastAttemptAt, ...webhook } = row
  return {
    id: deliveryId,
    eventId,
    channel,
    payload,
    attempts,
    lastAttemptAt,
    webhook: webhook.id === null ? null : (webhook as unknown as StoredWebhook),
  } as ClaimedDelivery
}

/** Of one webhook or channel at once, so that a slow one leaves room for the others. */
const ROOM = 10
const roomOf = (receiver: string, room: string | number) =>
  `greatest(0, ${room} - coalesce(($4::jsonb ->> ${receiver})::int, 0))`

/** The column holds milliseconds, and may have been rounded up. */
const IS_DUE = `d.status = 'pending' AND d."nextAttemptAt" <= now() + interval '1 millisecond'`

/**
 * Each receiver is looked into by itself: the backlog of one that is down is not in the way of the others. In no order of theirs,
 * or the first ones would always come first; alerts before all else. That an alert is over is told after that there was one.
 */
const CLAIM = `
  WITH of_channels AS MATERIALIZED (
    SELECT c.id FROM unnest($2::text[]) AS n(channel) CROSS JOIN LATERAL (
      SELECT d.id FROM deliveries d
      WHERE d."webhookId" IS NULL AND d.channel = n.channel AND ${IS_DUE} AND NOT (
        d."eventType" = 'alert.resolved' AND EXISTS (
          SELECT 1 FROM deliveries o WHERE o."eventId" = replace(d."eventId", '_resolved', '_opened')
            AND o.channel = d.channel AND o.status = 'pending'
        )
      )
      ORDER BY d."nextAttemptAt" LIMIT ${roomOf('n.channel', ROOM)} FOR NO KEY UPDATE SKIP LOCKED
    ) c LIMIT $1
  ), of_webhooks AS MATERIALIZED (
    SELECT c.id FROM (
      SELECT w.id, ${roomOf('w.id', `CASE WHEN w."failingSince" IS NULL THEN ${ROOM} ELSE 1 END`)} AS room FROM webhooks w
      WHERE w."isEnabled" AND (w."retryAt" IS NULL OR w."retryAt" <= now()) ORDER BY random()
    ) w CROSS JOIN LATERAL (
      SELECT d.id FROM deliveries d WHERE d."webhookId" = w.id AND ${IS_DUE}
      ORDER BY d."nextAttemptAt" LIMIT w.room FOR NO KEY UPDATE SKIP LOCKED
    ) c LIMIT $1 - (SELECT count(*) FROM of_channels)
  ), taken AS (
    UPDATE deliveries d SET attempts = d.attempts + 1, "lastAttemptAt" = now(),
      "nextAttemptAt" = now() + $3::float8 * interval '1 second'
    FROM (SELECT id FROM of_webhooks UNION ALL SELECT id FROM of_channels) p WHERE d.id = p.id RETURNING d.*
  )
  SELECT t.id AS "deliveryId", t."eventId", t.channel, t.payload, t.attempts, t."lastAttemptAt", ${webhookColumns('w')}
  FROM taken t LEFT JOIN webhooks w ON w.id = t."webhookId"`

const THIS_ATTEMPT = `id = $1 AND attempts = $2 AND status = 'pending'`

const DELIVERED = `
  WITH told AS (
    UPDATE deliveries SET status = 'delivered', "deliveredAt" = now(), "responseStatus" = $3, error = NULL
    WHERE ${THIS_ATTEMPT} RETURNING "webhookId"
  )
  UPDATE webhooks w SET "failingSince" = NULL, "retryAt" = NULL FROM told t
  WHERE w.id = t."webhookId" AND w."failingSince" IS NOT NULL`

const RELEASE = `UPDATE deliveries SET "nextAttemptAt" = now() WHERE ${THIS_ATTEMPT}`

/** Whoever has not heard of an alert is told as long as it is open, however long nobody could be reached. */
const IS_OPEN_ALERT = `"eventType" = 'alert.opened' AND EXISTS (
  SELECT FROM alerts a WHERE a.id = (payload -> 'data' ->> 'alertId')::bigint AND a."resolvedAt" IS NULL)`

// An hour over the day: whoever has but one event is failing for a day before it is given up.
const NOT_DELIVERED = `
  WITH told AS (
    UPDATE deliveries SET "responseStatus" = $3, error = $4,
      status = CASE WHEN "createdAt" <= now() - interval '25 hours' AND NOT (${IS_OPEN_ALERT}) THEN 'failed' ELSE 'pending' END,
      "nextAttemptAt" = now() + $5::float8 * interval '1 millisecond'
    WHERE ${THIS_ATTEMPT} RETURNING "webhookId"
  ), failing AS (
    UPDATE webhooks w SET "failingSince" = coalesce(w."failingSince", now()), "retryAt" = now() + greatest(
      $6::float8 * interval '1 millisecond',
      least(interval '10 minutes', greatest(interval '10 seconds', (now() - coalesce(w."failingSince", now())) / 4)))
    FROM told t WHERE w.id = t."webhookId" AND w."isEnabled" RETURNING w."failingSince"
  )
  SELECT 1 FROM failing WHERE "failingSince" <= now() - interval '1 day'`
