import type { Context } from '../../ports/context.ts'
import type { StorageWalk } from '../../ports/storage-store.ts'
import type { StorageSample } from '../../run/storage.ts'
import { requireScope } from '../require-scope.ts'
import { tellFull } from './tell-full.ts'

export interface SampleStorageOptions {
  /** Ends it after the page it is at; what is left is the next one's. */
  signal?: AbortSignal
  budgetMs?: number
  /** Runs that are counted at once. */
  page?: number
}

export interface SampledStorage {
  /** The last sample that this made whole; null: none. */
  sample: StorageSample | null
  /** Runs that this has counted. */
  walked: number
  /** Time ran out before the work did; the next call goes on. */
  more: boolean
}

const BUDGET_MS = 240_000
const PAGE = 20_000
/** For how long it is kept what each kind and project held. */
const KEEP_DAYS = 35

/**
 * Counts what storage holds, once a day: over all runs, in pages, for as long as there is time, going on where the last call was.
 * Twice at once, each page is counted once. With the sample whole, whoever is configured hears of a store that is filling up.
 * It counts by walking and not where runs are moved: what a walk counts is right whatever happened before it, it costs a completion,
 * a heartbeat and a chunk of a log nothing, and at 100,000 runs a second and more, ten million are a minute or two a day.
 */
export async function sampleStorage(
  ctx: Context,
  { signal, budgetMs = BUDGET_MS, page = PAGE }: SampleStorageOptions = {},
): Promise<SampledStorage> {
  requireScope(ctx, 'admin')
  const until = ctx.now() + budgetMs
  const sampled: SampledStorage = { sample: null, walked: 0, more: false }
  for (let walk = await ctx.storage.open(); walk !== null; walk = await ctx.storage.open()) {
    const walked = await walkOn(ctx, walk, {
      page,
      isOver: () => ctx.now() >= until || signal?.aborted === true,
    })
    sampled.walked += walked.count
    if (!walked.isThrough) return { ...sampled, more: true }
    sampled.sample = (await ctx.storage.complete(walk, KEEP_DAYS)) ?? sampled.sample
  }
  if (sampled.sample !== null) await tellFull(ctx, sampled.sample)
  return sampled
}

interface Pace {
  page: number
  isOver: () => boolean
}

/** Page after page, to the last one, or as far as there is time; at least one. */
async function walkOn(ctx: Context, begun: StorageWalk, { page, isOver }: Pace) {
  let walk = begun
  for (let count = 0; ; ) {
    const stepped = await ctx.storage.step(walk, page)
    // Somebody else is at it, too, and will be through with it.
    if (stepped === null) return { count, isThrough: false }
    count += stepped.walked - walk.walked
    walk = stepped
    if (stepped.isThrough) return { count, isThrough: true }
    if (isOver()) return { count, isThrough: false }
  }
}
