import { z } from 'zod'
import { ProjectId, RunId, RunKind } from '../../run/ids.ts'
import { LIMITS } from '../../run/limits.ts'
import { Line } from '../../run/text.ts'
import { DeliveryStatus, WebhookEvent, WebhookFormat } from '../../run/webhook.ts'

const FIELDS = {
  url: z.string().min(1).max(2_000).meta({ description: 'An https or http URL on the public internet' }),
  description: Line.max(200).nullable(),
  projectId: ProjectId.nullable().meta({ description: 'Events of this project alone; null: of all' }),
  format: WebhookFormat,
  events: z
    .array(WebhookEvent)
    .min(1)
    .transform((events) => [...new Set(events)]),
  kinds: z
    .array(RunKind)
    .min(1)
    .max(LIMITS.claimKinds)
    .nullable()
    .meta({ description: 'Events of runs of these kinds alone; null: of any' }),
  isEnabled: z.boolean(),
}

export const CreateWebhook = z
  .strictObject({
    url: FIELDS.url,
    events: FIELDS.events,
    description: FIELDS.description.default(null),
    projectId: FIELDS.projectId.default(null),
    format: FIELDS.format.default('standard'),
    kinds: FIELDS.kinds.default(null),
    isEnabled: FIELDS.isEnabled.default(true),
  })
  .meta({ id: 'CreateWebhook' })
export type CreateWebhook = z.input<typeof CreateWebhook>

/** What is given is changed. */
export const WebhookFields = z.strictObject(FIELDS).partial().meta({ id: 'WebhookFields' })
export const UpdateWebhook = WebhookFields.extend({ id: RunId })
export type UpdateWebhook = z.input<typeof UpdateWebhook>

export const NamedWebhook = z.strictObject({ id: RunId })
export type NamedWebhook = z.input<typeof NamedWebhook>

const limit = z.coerce.number().int().min(1).max(LIMITS.pageSize).default(LIMITS.defaultPageSize)

export const ListWebhooks = z.strictObject({
  limit,
  cursor: RunId.optional().meta({ description: 'The nextCursor of the page before' }),
})
export type ListWebhooks = z.input<typeof ListWebhooks>

export const ListDeliveries = z.strictObject({
  id: RunId,
  status: DeliveryStatus.optional(),
  limit,
  cursor: z.coerce
    .number()
    .int()
    .min(1)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .meta({ description: 'The nextCursor of the page before' }),
})
export type ListDeliveries = z.input<typeof ListDeliveries>
