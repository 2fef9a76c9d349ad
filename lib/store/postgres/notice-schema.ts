import { sql } from 'drizzle-orm'
import { bigint, boolean, index, integer, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { idText, time } from './schema-parts.ts'

/** Who outside is told of events. */
export const webhooks = pgTable('webhooks', {
  id: idText().primaryKey(),
  projectId: text(),
  url: text().notNull(),
  description: text(),
  /** `standard` or `slack`. */
  format: text().notNull().default('standard'),
  /** Types of events; `run.*` is all of a family. */
  events: jsonb().notNull(),
  /** Of runs of these kinds alone; null: of any. */
  kinds: jsonb(),
  isEnabled: boolean().notNull().default(true),
  disabledReason: text(),
  /** Each rotation makes another secret of it, and for a day the one before signs, too. */
  secretVersion: integer().notNull().default(1),
  rotatedAt: time(),
  /** Since when nothing has got through, and when it is tried again. */
  failingSince: time(),
  retryAt: time(),
  createdAt: time().notNull().defaultNow(),
  updatedAt: time().notNull().defaultNow(),
  createdBy: text().notNull(),
})

/** An event on its way to one place: claimed, tried, tried again. No foreign key: each run that ends would lock the webhook's row. */
export const deliveries = pgTable(
  'deliveries',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    /** Null: one of the channels of the configuration. */
    webhookId: idText(),
    /** `webhook`, or for alerts `alert-webhook`, `alert-slack`, `alert-email`. */
    channel: text().notNull().default('webhook'),
    /** The same for every delivery of one event. */
    eventId: text().notNull(),
    eventType: text().notNull(),
    payload: jsonb().notNull(),
    status: text().notNull().default('pending'),
    attempts: integer().notNull().default(0),
    /** While it is being tried: when it is taken for abandoned. */
    nextAttemptAt: time().notNull().defaultNow(),
    lastAttemptAt: time(),
    responseStatus: integer(),
    error: text(),
    createdAt: time().notNull().defaultNow(),
    deliveredAt: time(),
  },
  (delivery) => [
    uniqueIndex('deliveries_event').on(
      delivery.eventId,
      delivery.channel,
      sql`coalesce(${delivery.webhookId}, '')`,
    ),
    index('deliveries_due')
      .on(delivery.webhookId, delivery.nextAttemptAt)
      .where(sql`${delivery.status} = 'pending'`),
    index('deliveries_webhook').on(delivery.webhookId, delivery.id.desc().nullsFirst()),
    index('deliveries_created').on(delivery.createdAt),
    index('deliveries_failed').on(delivery.createdAt).where(sql`${delivery.status} = 'failed'`),
  ],
)

/** What is wrong, from when it was seen first until it is over: one open row a thing. */
export const alerts = pgTable(
  'alerts',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    /** What it is about, such as `cron.failing:{job id}`. */
    key: text().notNull(),
    type: text().notNull(),
    message: text().notNull(),
    data: jsonb().notNull().default({}),
    /** Who was told that it is there, and is told when it is over. */
    channels: jsonb().notNull().default([]),
    /** How often it was seen while it was open. */
    timesSeen: integer().notNull().default(1),
    openedAt: time().notNull().defaultNow(),
    lastSeenAt: time().notNull().defaultNow(),
    resolvedAt: time(),
  },
  (alert) => [
    uniqueIndex('alerts_open').on(alert.key).where(sql`${alert.resolvedAt} IS NULL`),
    index('alerts_opened').on(alert.openedAt),
  ],
)
