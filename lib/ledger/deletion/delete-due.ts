import type { Context } from '../../ports/context.ts'
import type { DeletableRun, DeletionAuthor, DueCandidate } from '../../ports/deletion-store.ts'
import type { DeletionStrategy, RetentionPolicy } from '../../run/retention-policy.ts'
import type { DeletionTally } from './deletion-tally.ts'
import type { DueRun } from './due-runs.ts'
import { freedBy } from './freed-by.ts'
import { removeRuns } from './remove-runs.ts'

/** Batches at a time: while one waits for the disk, the other works. */
const AT_ONCE = 2

export interface DeleteDue {
  author: DeletionAuthor
  tally: DeletionTally
  /** Runs a transaction. */
  batch: number
  modeOf: (policy: RetentionPolicy) => DeletionStrategy
  /** Asks for so much to be deleted; false: no more may be. */
  mayDelete: (amount: { runs: number; bytes: number }) => Promise<boolean>
  isOver: () => boolean
}

/** Deletes a page of due runs in batches, each asked for before. The answer is what stopped it; null: all of it was done. */
export async function deleteDue(
  ctx: Context,
  due: DueRun[],
  work: DeleteDue,
): Promise<'time' | 'bounds' | null> {
  const batches = inBatches(due, work)
  let stopped: 'time' | 'bounds' | null = null
  const goOn = async () => {
    for (let one = batches.shift(); one !== undefined && stopped === null; one = batches.shift()) {
      if (work.isOver()) stopped = 'time'
      else if (!(await work.mayDelete(amountOf(one.runs)))) stopped = 'bounds'
      else await deleteBatch(ctx, one, work)
    }
  }
  await allSettled(Array.from({ length: AT_ONCE }, goOn))
  return stopped
}

interface Batch {
  runs: DeletableRun[]
  /** Null: for good. */
  graceDays: number | null
}

/** Each of one way to go, and of one grace. */
function inBatches(due: DueRun[], { batch, modeOf }: DeleteDue): Batch[] {
  const ways = Map.groupBy(due, ({ policy }) => (modeOf(policy) === 'hard' ? null : policy.deleteGraceDays))
  return [...ways].flatMap(([graceDays, all]) => {
    const runs = all.map(({ run }) => run)
    const starts = Array.from({ length: Math.ceil(runs.length / batch) }, (_, n) => n * batch)
    return starts.map((start) => ({ runs: runs.slice(start, start + batch), graceDays }))
  })
}

/** All end, also where one of them fails, before that is thrown. */
async function allSettled(work: Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
}

async function deleteBatch(
  ctx: Context,
  { runs, graceDays }: Batch,
  { author, tally }: DeleteDue,
): Promise<void> {
  if (graceDays !== null) {
    const ids = await ctx.deletions.deleteSoftly({ ...author, runs, graceDays })
    tally.softly(ids.length)
    for (const id of ids) ctx.signals.emit(`run:${id}`)
    return
  }
  const bare = runs.filter((run) => run.isBare)
  const removed = new Set(bare.length === 0 ? [] : await ctx.deletions.removeBare({ ...author, runs: bare }))
  for (const id of removed) ctx.signals.emit(`run:${id}`)
  tally.forGood(bare.filter(({ id }) => removed.has(id)))
  const rest = runs.filter(({ id }) => !removed.has(id))
  if (rest.length === 0) return
  const { gone, left } = await removeRuns(ctx, { ...author, runs: rest })
  tally.forGood(gone, left)
}

export function amountOf(runs: DueCandidate[]): { runs: number; bytes: number } {
  return { runs: runs.length, bytes: runs.reduce((sum, run) => sum + freedBy(run).bytes, 0) }
}
