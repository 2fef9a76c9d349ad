import type { Context } from '../../ports/context.ts'
import type { ListedObject } from '../../ports/object-store.ts'
import { ownerOfKey } from '../../run/object-owner.ts'
import type { ReconcilePlace, ReconcileWork } from './reconcile-work.ts'
import { isOld } from './young.ts'

const PAGE = 1_000
const CLEANUP_LOGS = 'logs/cleanup/'

/**
 * Lists what the object store has of runs, page after page, and notes what no row names and is older than 48 hours. A round that is
 * through forgets what it has not met again where it looks. The answer is where to go on; null: the round is through.
 */
export async function findOrphans(
  ctx: Context,
  from: ReconcilePlace['objects'],
  work: ReconcileWork,
): Promise<ReconcilePlace['objects']> {
  const { counts } = work
  counts.objects = 0
  counts.orphans = 0
  const at = await ctx.retentionStore.now()
  const prefixes = ['jobs/', 'logs/', `${ctx.retention.archiveBasePath}/`].toSorted()
  const since = from?.since ?? at
  for (const prefix of prefixes) {
    if (from !== null && prefix < from.prefix) continue
    for (let startAfter = from?.prefix === prefix ? from.startAfter : ''; ; ) {
      if (work.isOver()) return { prefix, startAfter, since }
      const page = await ctx.objects.list({ prefix, startAfter, limit: PAGE })
      if (page.length === 0) break
      startAfter = page.at(-1)?.key ?? ''
      const unknown = await unknownOf(ctx, page, at)
      if (!work.dryRun && unknown.length > 0) await ctx.reconciliation.noteOrphans(unknown)
      counts.objects += page.length
      counts.orphans += unknown.length
    }
  }
  if (!work.dryRun) await ctx.reconciliation.dropOrphansNotSeen(since, prefixes)
  return null
}

async function unknownOf(ctx: Context, page: ListedObject[], at: string) {
  const old = page
    .filter(({ key, modifiedAt }) => !key.startsWith(CLEANUP_LOGS) && isOld(modifiedAt, at))
    .map((object) => ({ ...object, runId: ownerOfKey(object.key) }))
  if (old.length === 0) return []
  const asked = old.map(({ key, runId }) => ({ key, runId }))
  const unknown = new Set(await ctx.reconciliation.unknownObjects(asked))
  return old
    .filter(({ key }) => unknown.has(key))
    .map(({ key, bytes, etag, modifiedAt, runId }) => ({ key, bytes, etag, modifiedAt, runId }))
}
