import { z } from 'zod'
import { RunId } from '../../run/ids.ts'
import { Instant } from '../../run/instant.ts'
import { Line } from '../../run/text.ts'
import { LeaseToken } from './lease-token.ts'

const Metrics = z
  .strictObject({
    memoryPeakBytes: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
    cpuSeconds: z.number().min(0).max(1e9).optional(),
  })
  .meta({ id: 'Metrics', description: 'Of the whole process tree' })

const report = {
  id: RunId.optional().meta({ description: 'Checked against the token where given' }),
  leaseToken: LeaseToken,
  exitCode: z.number().int().min(-2_147_483_648).max(2_147_483_647).optional(),
  metrics: Metrics.optional(),
  finishedAt: Instant.optional().meta({ description: 'Default: now; kept between the start and now' }),
  logBytes: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
}

/** The end of a run that did what it should. */
export const SucceedRun = z
  .strictObject({
    ...report,
    outputRef: Line.max(2_000).optional().meta({ description: 'Where the result is: a URL, a path, an id' }),
  })
  .meta({ id: 'SucceedRun' })
export type SucceedRun = z.input<typeof SucceedRun>

/** The end of an attempt that did not. */
export const FailRun = z
  .strictObject({
    ...report,
    error: z.string().min(1).meta({ description: 'Kept to 16 KB, head and tail' }),
    retryable: z
      .boolean()
      .default(true)
      .meta({ description: 'Whether another attempt, if any is left, makes sense' }),
  })
  .meta({
    id: 'FailRun',
    description: '`{error: "released", retryable: true}` gives the run back and costs no attempt',
  })
export type FailRun = z.input<typeof FailRun>

/** Either, told apart by `outcome`. */
export const CompleteRun = z
  .discriminatedUnion('outcome', [
    SucceedRun.extend({ outcome: z.literal('succeeded') }),
    FailRun.extend({ outcome: z.literal('failed') }),
  ])
  .meta({ id: 'CompleteRun' })
export type CompleteRun = z.input<typeof CompleteRun>
