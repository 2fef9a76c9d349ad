import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import {
  FULL_RATIO,
  heldBytes,
  StorageHeld,
  type StorageSample,
  StorageTotal,
  savedRatio,
  sumHeld,
  usedRatio,
} from '../../run/storage.ts'
import { forecastOf, StorageForecast } from '../../run/storage-forecast.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { archiveSuccess } from './archive-success.ts'

export const ReadStorage = z.strictObject({
  days: z.coerce
    .number()
    .int()
    .min(1)
    .max(400)
    .default(30)
    .meta({ description: 'How many samples of days the trend goes back' }),
  shares: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .default(20)
    .meta({ description: 'How many kinds and projects are told apart' }),
})
export type ReadStorage = z.input<typeof ReadStorage>

const Bytes = z.number().int().min(0)
const Ratio = z.number().min(0)
const Held = StorageHeld.extend({ bytes: Bytes })

/** How storage stands, and how it came to. */
export const StorageReport = z
  .object({
    day: z.iso.date().nullable().meta({ description: 'Of the sample; null: there is none yet' }),
    sampledAt: z.iso.datetime().nullable(),
    total: Held,
    byState: z.array(StorageTotal.extend({ bytes: Bytes })),
    byKind: z.array(Held.extend({ kind: z.string() })).meta({ description: 'Those that hold most, first' }),
    byProject: z.array(Held.extend({ projectId: z.string().nullable() })),
    held: Held.meta({ description: 'Of runs on hold; it is part of the total' }),
    savedRatio: Ratio.nullable().meta({
      description: 'How much less archives take than what is in them. Target: 0.4 to 0.6',
    }),
    archives: z
      .object({
        since: z.iso.datetime(),
        archived: z.number().int(),
        failed: z.number().int(),
        successRatio: Ratio.nullable().meta({ description: 'Target: over 0.99' }),
      })
      .meta({ description: 'What sweeps have archived in the last 30 days, and what they could not' }),
    capacity: z
      .object({
        bytes: Bytes,
        usedRatio: Ratio,
        threshold: Bytes.meta({ description: 'From here on an alert is open' }),
      })
      .nullable()
      .meta({ description: 'STORAGE_CAPACITY_BYTES; null: unset' }),
    forecast: StorageForecast.nullable().meta({
      description: 'When the threshold is reached at the pace of the trend; null: there are too few samples',
    }),
    trend: z
      .array(
        z.object({
          day: z.iso.date(),
          bytes: Bytes,
          activeBytes: Bytes,
          archiveBytes: Bytes,
          runs: z.number().int(),
        }),
      )
      .meta({ description: 'Newest first' }),
  })
  .meta({ id: 'StorageReport', description: 'How storage stands, and how it came to' })
export type StorageReport = z.infer<typeof StorageReport>

/**
 * What storage holds by state, kind and project, as of the last daily sample, and how that has changed. Runs are not looked at, so it
 * costs the same at any number of them. Source 002.
 */
export async function readStorage(ctx: Context, input: ReadStorage = {}): Promise<StorageReport> {
  requireScope(ctx, 'admin')
  const { days, shares } = parseInput(ReadStorage, input)
  const samples = await ctx.storage.samples(days)
  const [last] = samples
  const sharesOf = (by: 'kind' | 'projectId') => (last ? ctx.storage.shares(last.day, by, shares) : [])
  const [kinds, projects, held, archives] = await Promise.all([
    sharesOf('kind'),
    sharesOf('projectId'),
    last ? ctx.storage.held(last.day) : sumHeld([]),
    archiveSuccess(ctx),
  ])
  const total = sumHeld(last?.byState ?? [])
  const { storageCapacityBytes: capacity } = ctx.retention
  const used = usedRatio(heldBytes(total), capacity)
  const threshold = capacity === null ? null : Math.floor(capacity * FULL_RATIO)
  const trend = samples.map(toPoint)
  return {
    day: last?.day ?? null,
    sampledAt: last?.completedAt ?? null,
    total: withBytes(total),
    byState: (last?.byState ?? []).map(withBytes),
    byKind: kinds.map(({ name, ...held }) => ({ kind: name, ...withBytes(held) })),
    byProject: projects.map(({ name, ...held }) => ({ projectId: name || null, ...withBytes(held) })),
    held: withBytes(held),
    savedRatio: savedRatio(total),
    archives,
    capacity:
      capacity === null || used === null || threshold === null
        ? null
        : { bytes: capacity, usedRatio: used, threshold },
    forecast: forecastOf(trend, threshold),
    trend,
  }
}

const withBytes = <H extends StorageHeld>(held: H) => ({ ...held, bytes: heldBytes(held) })

function toPoint({ day, byState }: StorageSample) {
  const held = sumHeld(byState)
  const { runs, logBytes, outputBytes, archiveBytes } = held
  return { day, bytes: heldBytes(held), activeBytes: logBytes + outputBytes, archiveBytes, runs }
}
