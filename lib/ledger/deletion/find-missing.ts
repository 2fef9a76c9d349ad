import type { Context } from '../../ports/context.ts'
import type { StoredRun } from '../../ports/reconcile-store.ts'
import { folderOf } from '../../run/folder.ts'
import { openAlert } from '../alerts/open-alert.ts'
import { resolveAlert } from '../alerts/resolve-alert.ts'
import { listBelow, originalsPrefix } from '../archives/list-originals.ts'
import type { ReconcilePlace, ReconcileWork } from './reconcile-work.ts'

const PAGE = 500
const OUTPUTS = 1_000
/** So many are named. */
const NAMED = 20
const ALERT = 'storage.missing'

/**
 * Looks for the objects that runs name, run after run, and opens an alert for those that are gone; a round that finds all of them
 * there ends it. The answer is where to go on; null: the round is through.
 */
export async function findMissing(
  ctx: Context,
  from: ReconcilePlace['runs'],
  work: ReconcileWork,
): Promise<ReconcilePlace['runs']> {
  const { counts, errors } = work
  counts.runs = 0
  counts.missing = 0
  const place = from ?? { after: '', missing: 0 }
  const missing: string[] = []
  for (let after: string | null = place.after; after !== null; ) {
    const { found, next }: { found: StoredRun[]; next: string | null } =
      await ctx.reconciliation.runsWithObjects({
        after,
        limit: PAGE,
      })
    for (const run of found) {
      if (work.isOver()) {
        await tell(ctx, missing, work)
        return { after, missing: place.missing + missing.length }
      }
      const key = await missingOf(ctx, run)
      if (key !== null) {
        missing.push(`${run.id} (${key})`)
        errors.push({ item: run.id, message: `${key} is not in the object store` })
      }
      counts.runs += 1
      after = run.id
    }
    after = next
  }
  counts.missing = missing.length
  await tell(ctx, missing, work)
  if (missing.length + place.missing === 0 && !work.dryRun)
    await resolveAlert(ctx, { key: ALERT, message: 'every object that runs name is there' })
  return null
}

async function tell(ctx: Context, missing: string[], { dryRun, counts }: ReconcileWork): Promise<void> {
  counts.missing = missing.length
  if (missing.length === 0 || dryRun) return
  const [first] = missing
  const others = missing.length === 1 ? '' : ` and ${missing.length - 1} more`
  await openAlert(ctx, {
    key: ALERT,
    type: ALERT,
    message: `objects of runs are not in the object store: ${first}${others}`,
    data: { count: missing.length, runs: missing.slice(0, NAMED) },
  })
}

/** The first of its objects that is not there; asked again where its files were moved meanwhile. */
async function missingOf(ctx: Context, run: StoredRun): Promise<string | null> {
  const key = await firstMissing(ctx, run)
  if (key === null) return null
  const now = await ctx.deletions.find(run.id)
  const isAsItWas =
    now?.storageState === run.storageState &&
    now.logFile === run.logFile &&
    now.archivePath === run.archivePath
  return isAsItWas ? key : null
}

async function firstMissing(ctx: Context, run: StoredRun): Promise<string | null> {
  const isThere = async (key: string) => (await ctx.objects.head(key)) !== null
  if (run.archivePath !== null) return (await isThere(run.archivePath)) ? null : run.archivePath
  if (run.logFile !== null && !(await isThere(run.logFile))) return run.logFile
  if (run.outputCount === 0) return null
  const prefix = originalsPrefix(folderOf(run))
  const listed = await listBelow(ctx.objects, prefix)
  for (let after: { path: string; fence: number } | null = null; ; ) {
    const page = await ctx.reconciliation.outputsOf(run.id, after, OUTPUTS)
    for (const { key } of page)
      if (!(key.startsWith(prefix) ? listed.has(key) : await isThere(key))) return key
    const last = page.at(-1)
    if (last === undefined || page.length < OUTPUTS) return null
    after = { path: last.path, fence: last.fence }
  }
}
