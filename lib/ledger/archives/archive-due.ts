import type { StoragePosition } from '../../ports/archive-store.ts'
import type { Context } from '../../ports/context.ts'
import { isLedgerError, isPassing } from '../../run/errors.ts'
import { reasonOf } from '../retention/end-stale-runs.ts'
import { archiveRun } from './archive-run.ts'
import type { ArchiveTally } from './archive-tally.ts'
import type { DueToArchive } from './due-to-archive.ts'
import type { StorageOptions } from './storage-work.ts'

export interface ArchiveDue extends StorageOptions {
  until: number
  /** Runs at most. */
  batch: number
  tally: ArchiveTally
}

/** So often in a row the database or the store may be away before a pass ends. */
const MOST_AWAY = 3

/**
 * Archives due runs, as many at once as may be archived at all, until there are none, time is up, or the store is away. The answer is
 * whether it was stopped, and the place of the last run, or the end of the last page, before that: the next pass goes on behind it.
 */
export async function archiveDue(
  ctx: Context,
  due: AsyncGenerator<DueToArchive>,
  { until, batch, tally, signal, ...options }: ArchiveDue,
): Promise<{ isStopped: boolean; last: StoragePosition | null }> {
  let isStopped = false
  let taken = 0
  let away = 0
  let last: StoragePosition | null = null
  const isOver = () => isStopped || taken >= batch || ctx.now() >= until || signal?.aborted === true
  const oneByOne = async () => {
    for (;;) {
      if (isOver()) {
        isStopped = true
        return
      }
      const { value, done } = await due.next()
      if (done) return
      if (value.run === null) {
        last = value.place
        continue
      }
      taken++
      try {
        const budgetMs = until - ctx.now()
        tally.done(await archiveRun(ctx, { id: value.run.id }, { ...options, signal, budgetMs }))
        away = 0
      } catch (error) {
        // As many are being archived as may be: the next pass is for the rest.
        if (isLedgerError(error) && error.code === 'limited') {
          isStopped = true
          return
        }
        // Somebody else is at it.
        if (isLedgerError(error) && error.code === 'lease_lost') continue
        tally.wrong(value.run.id, reasonOf(error))
        ctx.log.warn('a run could not be archived; the next sweep tries again', {
          runId: value.run.id,
          error,
        })
        away = isPassing(error) ? away + 1 : 0
        isStopped ||= away >= MOST_AWAY
      }
      last = value.place
    }
  }
  await Promise.all(Array.from({ length: ctx.retention.archiveConcurrency }, oneByOne))
  return { isStopped, last }
}
