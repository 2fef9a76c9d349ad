import type { Context } from '../../ports/context.ts'
import type { DeletableRun, DeletionAuthor, DeletionPlace, DueCandidate } from '../../ports/deletion-store.ts'
import type { DeletionStrategy, RetentionPolicy } from '../../run/retention-policy.ts'
import type { DeletionTally } from './deletion-tally.ts'
import type { DuePage, DueRun } from './due-runs.ts'
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
  /** Told where whoever goes on has to begin: all before it has been seen to. */
  reached: (place: DeletionPlace | null) => Promise<void>
}

/** Deletes what is due in batches, each asked for before. The answer is what stopped it; null: all of it was done. */
export async function deleteDue(
  ctx: Context,
  pages: AsyncIterable<DuePage>,
  work: DeleteDue,
): Promise<'time' | 'bounds' | null> {
  const batches = inBatches(pages, work)
  // In their order, so that the first one says how far all is done.
  const open = new Set<Batch>()
  let stopped: 'time' | 'bounds' | null = null
  const goOn = async () => {
    for (;;) {
      const { value: batch, done } = await batches.next()
      if (done) return
      open.add(batch)
      const [first = batch] = open
      await work.reached(first.from)
      if (stopped === null && work.isOver()) stopped = 'time'
      if (stopped !== null) return
      if (!(await deleteAllowed(ctx, batch, work))) {
        stopped ??= 'bounds'
        return
      }
      open.delete(batch)
    }
  }
  await allSettled(Array.from({ length: AT_ONCE }, goOn))
  return stopped
}

/** As much of a batch as may go: what is let through may end within it, which is found by halves. Whether all of it went. */
async function deleteAllowed(ctx: Context, batch: Batch, work: DeleteDue): Promise<boolean> {
  // What was let through is used up by that: it goes, whoever has stopped meanwhile.
  if (await work.mayDelete(amountOf(batch.runs))) {
    await deleteBatch(ctx, batch, work)
    return true
  }
  const half = Math.ceil(batch.runs.length / 2)
  if (half === batch.runs.length) return false
  const [first, rest] = [batch.runs.slice(0, half), batch.runs.slice(half)]
  if (!(await deleteAllowed(ctx, { ...batch, runs: first }, work))) return false
  return await deleteAllowed(ctx, { ...batch, runs: rest }, work)
}

interface Batch {
  /** Where the page that it is of begins. */
  from: DeletionPlace | null
  runs: DeletableRun[]
  /** Null: for good. */
  graceDays: number | null
}

/** Each of one way to go, and of one grace; of a page where nothing is due, one of nothing. The next page need not wait for this one. */
async function* inBatches(
  pages: AsyncIterable<DuePage>,
  { batch, modeOf }: DeleteDue,
): AsyncGenerator<Batch, undefined> {
  const wayOf = ({ policy }: DueRun) => (modeOf(policy) === 'hard' ? null : policy.deleteGraceDays)
  for await (const { from, due } of pages) {
    if (due.length === 0) yield { from, runs: [], graceDays: null }
    for (const [graceDays, all] of Map.groupBy(due, wayOf))
      for (let start = 0; start < all.length; start += batch)
        yield { from, runs: all.slice(start, start + batch).map(({ run }) => run), graceDays }
  }
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
  if (runs.length === 0) return
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
