import { z } from 'zod'
import { RunId } from './ids.ts'

/** What happens to a run, each written in the transaction of its move. */
export const EventType = z.enum([
  'run.enqueued',
  'run.started',
  'run.progress',
  'run.cancel_requested',
  'run.retried',
  'run.succeeded',
  'run.failed',
  'run.canceled',
  'run.lost',
  'run.recovered',
  'run.archived',
  'run.restored',
  'run.held',
  'run.released',
  'run.retained',
  'run.deleted',
])
export type EventType = z.infer<typeof EventType>

/** One line of a run's history. `id` only grows within a run. */
export const RunEvent = z
  .object({
    id: z.number().int().min(1),
    runId: RunId,
    type: EventType,
    actor: z.string(),
    at: z.iso.datetime(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'RunEvent', description: 'One line of a run’s history' })
export type RunEvent = z.infer<typeof RunEvent>
