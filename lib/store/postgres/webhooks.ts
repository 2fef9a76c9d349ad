import type { AuditEntry } from '../../ports/audit-store.ts'
import type { NoticeStore, StoredWebhook } from '../../ports/notice-store.ts'
import { audited } from './audited.ts'
import type { Pool } from './connect.ts'
import { query } from './query.ts'

type Webhooks = Pick<
  NoticeStore,
  'insertWebhook' | 'findWebhook' | 'listWebhooks' | 'updateWebhook' | 'rotateWebhook' | 'removeWebhook'
>

/** Who is told of events. */
export function webhookStore(pool: Pool): Webhooks {
  const all = async (text: string, values: unknown[]) =>
    (await query(pool, text, values)) as unknown as StoredWebhook[]
  const one = async (text: string, values: unknown[]) => (await all(text, values))[0] ?? null
  const changed = async (audit: AuditEntry, text: string, values: unknown[]) => {
    const [webhook] = (await audited(pool, audit, text, values)) as unknown as StoredWebhook[]
    return webhook ?? null
  }
  return {
    async insertWebhook(webhook, audit) {
      const { id, projectId, url, description, format, events, kinds, isEnabled, createdBy } = webhook
      const filters = [JSON.stringify(events), kinds === null ? null : JSON.stringify(kinds)]
      const given = [id, projectId, url, description, format, ...filters, isEnabled, createdBy]
      return (await changed(audit, INSERT, given)) as StoredWebhook
    },
    findWebhook: (id) => one(FIND, [id]),
    listWebhooks: ({ after, limit }) => all(LIST, [after ?? null, limit]),
    updateWebhook: (id, change, audit) => changed(audit, UPDATE, [id, JSON.stringify(change)]),
    rotateWebhook: (id, audit) => changed(audit, ROTATE, [id]),
    removeWebhook: async (id, audit) => (await changed(audit, REMOVE, [id])) !== null,
  }
}

/** The columns of a webhook, whose secret of before signs for a day after it was rotated. */
export const webhookColumns = (w: string) => `
  ${w}.id, ${w}."projectId", ${w}.url, ${w}.description, ${w}.format, ${w}.events, ${w}.kinds, ${w}."isEnabled",
  ${w}."disabledReason", ${w}."secretVersion", ${w}."rotatedAt", ${w}."failingSince", ${w}."createdAt", ${w}."updatedAt",
  ${w}."createdBy", coalesce(${w}."rotatedAt" > now() - interval '1 day', false) AS "isRotating"`

const INSERT = `
  INSERT INTO webhooks AS w (id, "projectId", url, description, format, events, kinds, "isEnabled", "createdBy")
  VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7::jsonb, $8, $9) RETURNING ${webhookColumns('w')}`
const FIND = `SELECT ${webhookColumns('w')} FROM webhooks w WHERE w.id = $1`
const LIST = `
  SELECT ${webhookColumns('w')} FROM webhooks w WHERE $1::text IS NULL OR w.id < $1 ORDER BY w.id DESC LIMIT $2`

/** What is not given stays; a null that is given is one. */
const givenOr = (name: string, value: string) =>
  `"${name}" = CASE WHEN c ? '${name}' THEN ${value} ELSE w."${name}" END`
const textOf = (name: string) => givenOr(name, `c ->> '${name}'`)

/** Enabled again, or sent elsewhere, it begins anew, as one that has never failed. */
const BEGINS_ANEW = `((c ->> 'isEnabled')::boolean IS TRUE OR c ? 'url')`
/** Each change can be told from the last. */
const CHANGED_NOW = `"updatedAt" = greatest(now(), w."updatedAt" + interval '1 millisecond')`

const UPDATE = `
  UPDATE webhooks w SET ${['projectId', 'url', 'description', 'format'].map(textOf).join(', ')},
    ${givenOr('events', `c -> 'events'`)}, ${givenOr('kinds', `nullif(c -> 'kinds', 'null')`)},
    ${givenOr('isEnabled', `(c ->> 'isEnabled')::boolean`)},
    "disabledReason" = CASE WHEN c ? 'isEnabled' THEN c ->> 'disabledReason' ELSE w."disabledReason" END,
    "failingSince" = CASE WHEN ${BEGINS_ANEW} THEN NULL ELSE w."failingSince" END,
    "retryAt" = CASE WHEN ${BEGINS_ANEW} THEN NULL ELSE w."retryAt" END, ${CHANGED_NOW}
  FROM (SELECT $2::jsonb AS c) given WHERE w.id = $1 RETURNING ${webhookColumns('w')}`

const ROTATE = `
  UPDATE webhooks w SET "secretVersion" = w."secretVersion" + 1, "rotatedAt" = now(), ${CHANGED_NOW}
  WHERE w.id = $1 RETURNING ${webhookColumns('w')}`
const REMOVE = 'DELETE FROM webhooks w WHERE w.id = $1 RETURNING w.id'
