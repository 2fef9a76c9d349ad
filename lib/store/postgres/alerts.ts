import type { NoticeStore, StoredAlert } from '../../ports/notice-store.ts'
import type { Pool } from './connect.ts'
import { iso } from './iso.ts'
import { query } from './query.ts'

/** What is wrong, and who is told of it, in one statement each. */
export function alertStore(pool: Pool): Pick<NoticeStore, 'openAlert' | 'resolveAlert'> {
  return {
    async openAlert({ key, type, message, data }, channels) {
      const [row] = await query(pool, OPEN, [key, type, message, JSON.stringify(data), channels])
      const { opened, ...alert } = row as Record<string, unknown>
      return { alert: alert as unknown as StoredAlert, opened: opened as boolean }
    },
    async resolveAlert(key, message, channels) {
      const [row] = await query(pool, RESOLVE, [key, message, channels])
      return row === undefined ? null : (row as unknown as StoredAlert)
    },
  }
}

// With the time, or two databases would make the same ids, and a receiver or a mailbox would take one for a repeat.
const ALERT_ID = `'alert_' || a.id || '_' || (extract(epoch FROM a."openedAt") * 1000)::bigint`

const tell = (event: string, at: string, data: string) => `
    INSERT INTO deliveries (channel, "eventId", "eventType", payload)
    SELECT channel, ${ALERT_ID} || '_${event}', 'alert.${event}', jsonb_build_object(
      'type', 'alert.${event}', 'timestamp', ${iso(at)},
      'data', a.data || jsonb_build_object('alertId', a.id, 'key', a.key, 'type', a.type, 'openedAt', ${iso('a."openedAt"')}) || ${data}
    )`

// What was inserted has never been touched by a transaction; what was there has, by this one.
const OPEN = `
  WITH a AS (
    INSERT INTO alerts AS a (key, type, message, data) VALUES ($1, $2, $3, $4::jsonb)
    ON CONFLICT (key) WHERE "resolvedAt" IS NULL DO UPDATE SET "lastSeenAt" = now()
    RETURNING a.*, a.xmax = 0 AS opened
  ), told AS (
    ${tell('opened', 'a."openedAt"', `jsonb_build_object('message', a.message)`)}
    FROM a CROSS JOIN unnest($5::text[]) AS channel WHERE a.opened
  )
  SELECT * FROM a`

const RESOLVE = `
  WITH a AS (
    UPDATE alerts SET "resolvedAt" = now() WHERE key = $1 AND "resolvedAt" IS NULL RETURNING *
  ), told AS (
    ${tell('resolved', 'a."resolvedAt"', `jsonb_build_object('message', $2::text, 'resolvedAt', ${iso('a."resolvedAt"')})`)}
    FROM a CROSS JOIN unnest($3::text[]) AS channel
  )
  SELECT * FROM a`
