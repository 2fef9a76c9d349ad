import { z } from 'zod'
import { DeliveryStatus } from './webhook.ts'

/** What became of one notice to one channel. */
export const AlertNotice = z
  .object({
    status: DeliveryStatus,
    attempts: z.number().int(),
    error: z.string().nullable(),
    deliveredAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'AlertNotice' })
export type AlertNotice = z.infer<typeof AlertNotice>

/** Something that is wrong, or was. */
export const Alert = z
  .object({
    id: z.number().int().min(1),
    key: z
      .string()
      .meta({ description: 'What it is about', example: 'cron.failing:01M80G6Z8QJ3T5V7X9B1D3F5H7' }),
    type: z.string().meta({ example: 'cron.failing' }),
    message: z.string(),
    data: z.record(z.string(), z.unknown()),
    openedAt: z.iso.datetime(),
    lastSeenAt: z.iso.datetime(),
    timesSeen: z.number().int().min(1).meta({ description: 'How often it was seen while it was open' }),
    resolvedAt: z.iso.datetime().nullable().meta({ description: 'Null: it is open' }),
    notices: z
      .array(
        z.object({
          channel: z.string().meta({ example: 'alert-slack' }),
          opened: AlertNotice.nullable(),
          resolved: AlertNotice.nullable(),
        }),
      )
      .meta({
        description:
          'Who was told that it is there and that it is over, and whether that arrived; null: not, or more than 30 days ago',
      }),
  })
  .meta({ id: 'Alert', description: 'Something that is wrong, or was' })
export type Alert = z.infer<typeof Alert>
