import { z } from 'zod'
import { ProjectId, RunId, RunKind } from './ids.ts'

/** What webhooks may be told of. */
export const NOTICE_TYPES = [
  'run.succeeded',
  'run.failed',
  'run.canceled',
  'run.lost',
  'run.recovered',
  'cron.succeeded',
  'cron.failed',
  'cron.timeout',
  'cron.missed',
  'cron.recovered',
] as const
export type NoticeType = (typeof NOTICE_TYPES)[number]

/** A type of event, or a whole family of them. */
export const WebhookEvent = z
  .enum([...NOTICE_TYPES, 'run.*', 'cron.*'])
  .meta({ id: 'WebhookEvent', description: 'An event; `run.*` and `cron.*` are all of their family' })
export type WebhookEvent = z.infer<typeof WebhookEvent>

export const WebhookFormat = z.enum(['standard', 'slack']).meta({
  description:
    '`standard`: type, timestamp and data, as Standard Webhooks has it. `slack`: a text for Slack and the like',
})
export type WebhookFormat = z.infer<typeof WebhookFormat>

/** Who outside is told of what. */
export const Webhook = z
  .object({
    id: RunId,
    projectId: ProjectId.nullable().meta({ description: 'Of this project alone; null: of all' }),
    url: z
      .string()
      .meta({ description: 'Where it is posted to; of `slack` only the host, as the rest is a secret' }),
    description: z.string().nullable(),
    format: WebhookFormat,
    events: z.array(WebhookEvent),
    kinds: z
      .array(RunKind)
      .nullable()
      .meta({ description: 'Events of runs of these kinds alone; null: of any' }),
    isEnabled: z.boolean(),
    disabledReason: z.string().nullable().meta({ description: 'Why the ledger has disabled it' }),
    failingSince: z.iso.datetime().nullable().meta({ description: 'Nothing has got through since' }),
    rotatedAt: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'For a day from then on the secret before signs, too' }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    createdBy: z.string(),
  })
  .meta({ id: 'Webhook' })
export type Webhook = z.infer<typeof Webhook>

/** A webhook with its secret, which is shown this once. */
export const NewWebhook = Webhook.extend({
  secret: z.string().meta({ description: 'Verifies its signatures. Shown this once', example: 'whsec_…' }),
}).meta({ id: 'NewWebhook' })
export type NewWebhook = z.infer<typeof NewWebhook>

export const DeliveryStatus = z.enum(['pending', 'delivered', 'failed'])
export type DeliveryStatus = z.infer<typeof DeliveryStatus>

/** An event on its way to a webhook. */
export const Delivery = z
  .object({
    id: z.number().int().min(1),
    eventId: z.string().meta({ description: 'The `webhook-id` that is sent, at each attempt the same' }),
    eventType: z.string(),
    status: DeliveryStatus,
    attempts: z.number().int(),
    nextAttemptAt: z.iso.datetime().nullable().meta({ description: 'While it is pending' }),
    lastAttemptAt: z.iso.datetime().nullable(),
    responseStatus: z.number().int().nullable().meta({ description: 'What was answered last' }),
    error: z.string().nullable(),
    createdAt: z.iso.datetime(),
    deliveredAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Delivery' })
export type Delivery = z.infer<typeof Delivery>
