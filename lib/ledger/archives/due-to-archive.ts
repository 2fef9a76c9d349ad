import type { StoragePosition } from '../../ports/archive-store.ts'
import type { Context } from '../../ports/context.ts'
import { retentionOf } from '../../run/retention.ts'
import { oldEnoughAt, type RetentionPolicies } from '../../run/retention-policy.ts'
import type { Run } from '../../run/run.ts'

const PAGE = 100

/** A run that is due, or null at the end of a page, and where in the walk that is. */
export interface DueToArchive {
  run: Run | null
  place: StoragePosition
}

/**
 * Runs that are to be archived at this instant, by the policies, the longest finished first, from a position on. What is not due, or
 * has nothing to be archived, is passed by.
 */
export async function* dueToArchive(
  ctx: Context,
  {
    policies,
    at,
    after: first,
  }: { policies: RetentionPolicies; at: string; after?: StoragePosition | undefined },
): AsyncGenerator<DueToArchive> {
  const before = oldEnoughAt(policies, at, ['archiveAfterDays'])
  if (before === null) return
  for (let after = first; ; ) {
    const { runs, next } = await ctx.archives.candidates({ before, after, limit: PAGE })
    for (const run of runs) {
      const { finishedAt, id } = run
      if (finishedAt === null || !retentionOf(run, policies, { at, isOfLast: false }).archive.due) continue
      yield { run, place: { finishedAt, id } }
    }
    if (next === null) return
    // So that whoever walks may stop here, where nothing is due for long.
    yield { run: null, place: next }
    after = next
  }
}
