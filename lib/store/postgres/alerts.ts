import type {
  ListedAlert,
  NewAlert,
  NoticeStore,
  OpenedAlert,
  StoredAlert,
} from '../../ports/notice-store.ts'
import { guarded, type Pool, type PoolClient, transaction } from './connect.ts'
import { iso } from './iso.ts'
import { query } from './query.ts'

type AlertMethods = 'openAlert' | 'resolveAlert' | 'listAlerts' | 'disableWebhook'

/** What is wrong, and who is told of it, in one statement each. */
export function alertStore(pool: Pool): Pick<NoticeStore, AlertMethods> {
  return {
    openAlert: (alert, channels) => opened(pool, alert, channels),
    async resolveAlert(key, message) {
      const [row] = await query(pool, RESOLVE, [key, message])
      return row === undefined ? null : (row as unknown as StoredAlert)
    },
    async listAlerts({ isOpen, type, after, limit }) {
      const values = [isOpen ?? null, after ?? null, limit, type ?? null]
      return (await query(pool, LIST, values)) as unknown as ListedAlert[]
    },
    disableWebhook: ({ id, updatedAt }, reason, alert, channels) =>
      guarded(() =>
        transaction(pool, 'BEGIN', async (client) => {
          if ((await query(client, DISABLE, [id, updatedAt, reason])).length === 0) return null
          return await opened(client, alert, channels)
        }),
      ),
  }
}

async function opened(on: Pool | PoolClient, alert: NewAlert, channels: string[]): Promise<OpenedAlert> {
  const { key, type, message, data } = alert
  const told = JSON.stringify(channels)
  const [row] = await query(on, OPEN, [key, type, message, JSON.stringify(data), told])
  const { opened: isNew, ...stored } = row as Record<string, unknown>
  return { alert: stored as unknown as StoredAlert, opened: isNew as boolean }
}

// With the time, or two databases would make the same ids, and a receiver or a mailbox would take one for a repeat.
const ALERT_ID = `'alert_' || a.id || '_' || (extract(epoch FROM a."openedAt") * 1000)::bigint`

const tell = (event: string, at: string, data: string) => `
    INSERT INTO deliveries (channel, "eventId", "eventType", payload)
    SELECT c.channel, ${ALERT_ID} || '_${event}', 'alert.${event}', jsonb_build_object(
      'type', 'alert.${event}', 'timestamp', ${iso(at)},
      'data', a.data || jsonb_build_object('alertId', a.id, 'key', a.key, 'type', a.type, 'openedAt', ${iso('a."openedAt"')}) || ${data}
    )
    FROM a CROSS JOIN jsonb_array_elements_text(a.channels) AS c(channel)`

// Told once to each channel: to one that was configured later, when it is seen the next time. What was inserted has never been touched
// by a transaction; what was there has, by this one.
const OPEN = `
  WITH before AS (SELECT id, channels FROM alerts WHERE key = $1 AND "resolvedAt" IS NULL), a AS (
    INSERT INTO alerts AS a (key, type, message, data, channels) VALUES ($1, $2, $3, $4::jsonb, $5::jsonb)
    ON CONFLICT (key) WHERE "resolvedAt" IS NULL DO UPDATE SET "lastSeenAt" = now(), "timesSeen" = a."timesSeen" + 1,
      channels = a.channels || (
        SELECT coalesce(jsonb_agg(name), '[]') FROM jsonb_array_elements_text(excluded.channels) AS name WHERE NOT a.channels ? name)
    RETURNING a.*, a.xmax = 0 AS opened
  ), told AS (
    ${tell('opened', 'a."openedAt"', `jsonb_build_object('message', a.message)`)}
    WHERE NOT coalesce((SELECT b.channels ? c.channel FROM before b WHERE b.id = a.id), false) ON CONFLICT DO NOTHING
  )
  SELECT * FROM a`

// To those who heard of it, whatever is configured here and now.
const RESOLVE = `
  WITH a AS (
    UPDATE alerts SET "resolvedAt" = now() WHERE key = $1 AND "resolvedAt" IS NULL RETURNING *
  ), told AS (
    ${tell('resolved', 'a."resolvedAt"', `jsonb_build_object('message', $2::text, 'resolvedAt', ${iso('a."resolvedAt"')})`)}
  )
  SELECT * FROM a`

const NOTICE = (event: string) => `(
  SELECT jsonb_build_object('status', d.status, 'attempts', d.attempts, 'error', d.error, 'deliveredAt', ${iso('d."deliveredAt"')})
  FROM deliveries d
  WHERE d."eventId" = ${ALERT_ID} || '_${event}' AND d.channel = c.channel AND coalesce(d."webhookId", '') = ''
)`

const LIST = `
  SELECT a.*, (
    SELECT coalesce(jsonb_agg(jsonb_build_object(
      'channel', c.channel, 'opened', ${NOTICE('opened')}, 'resolved', ${NOTICE('resolved')}) ORDER BY c.n), '[]')
    FROM jsonb_array_elements_text(a.channels) WITH ORDINALITY AS c(channel, n)
  ) AS notices
  FROM alerts a
  WHERE ($1::boolean IS NULL OR ("resolvedAt" IS NULL) = $1) AND ($2::bigint IS NULL OR id < $2)
    AND ($4::text IS NULL OR type = $4)
  ORDER BY id DESC LIMIT $3`

// Where nobody has changed it since: what was learnt of it may be true of it no more.
const DISABLE = `
  UPDATE webhooks SET "isEnabled" = false, "disabledReason" = $3, "updatedAt" = greatest(now(), "updatedAt" + interval '1 millisecond')
  WHERE id = $1 AND "updatedAt" = $2 AND "isEnabled" RETURNING id`
