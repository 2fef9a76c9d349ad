import type { StorageLease } from '../../ports/archive-store.ts'
import type { Context } from '../../ports/context.ts'
import type { RecordedObject, TakenDeletion } from '../../ports/deletion-store.ts'
import { chunkPrefix, fenceOfChunk, logPrefix } from '../logs/log-keys.ts'
import { DELETION_LEASE_SECONDS } from './deletion-lease.ts'
import { removeKeys } from './remove-keys.ts'

const PAGE = 1_000

/** Runs of which something is left, by id, and why. */
export type Left = Map<string, string>

/**
 * Removes everything in the object store that runs in hand have, by the keys that were recorded, and of logs what was put and never
 * recorded. What is not there counts as removed. Each page is forgotten once it is gone, so whoever goes on begins where this one ended;
 * a run that somebody else has taken over meanwhile is left to them.
 */
export async function removeObjects(ctx: Context, taken: TakenDeletion[]): Promise<Left> {
  const left: Left = new Map()
  const leases = new Map(taken.map(({ lease }) => [lease.runId, lease]))
  await stay(ctx, [...leases.values()], left)
  const own = taken.flatMap(({ run: { id, logFile, archivePath } }) =>
    [logFile, archivePath].flatMap((key) => (key === null ? [] : [{ runId: id, key }])),
  )
  await removeSome(ctx, own, left)
  const chunked = new Set<string>()
  for (;;) {
    const ids = [...leases.keys()].filter((id) => !left.has(id))
    const page = ids.length === 0 ? [] : await ctx.deletions.objects(ids, PAGE)
    if (page.length === 0) break
    await stay(ctx, ofThese(leases, ids), left)
    await removePage(ctx, page, left)
    for (const { source, runId } of page) if (source === 'chunk') chunked.add(runId)
  }
  for (const { run } of taken)
    if (chunked.has(run.id) && !left.has(run.id)) await removeStrays(ctx, run, left)
  return left
}

const ofThese = (leases: Map<string, StorageLease>, ids: string[]) =>
  ids.flatMap((id) => leases.get(id) ?? [])

/** Asks for more time; who was away for too long finds out here. */
async function stay(ctx: Context, leases: StorageLease[], left: Left): Promise<void> {
  const held = new Set(await ctx.deletions.extend(leases, DELETION_LEASE_SECONDS))
  for (const { runId } of leases)
    if (!held.has(runId)) left.set(runId, 'somebody else is at deleting it by now')
}

async function removePage(ctx: Context, page: RecordedObject[], left: Left): Promise<void> {
  const ours = page.filter(({ runId }) => !left.has(runId))
  for (const { key, uploadId } of ours)
    if (uploadId !== null) await ctx.objects.abortMultipart({ key, uploadId })
  await removeSome(ctx, ours, left)
  await ctx.deletions.forget(ours.filter(({ runId }) => !left.has(runId)))
}

/** Of a log in pieces there may be some that nobody got to record, and objects of the whole that nobody got to name. */
async function removeStrays(ctx: Context, run: TakenDeletion['run'], left: Left): Promise<void> {
  const isOfLog = (key: string) => fenceOfChunk(key) !== null || key.startsWith(logPrefix(run))
  for (const prefix of [chunkPrefix(run.id), logPrefix(run)])
    for (let startAfter = ''; ; ) {
      const page = await ctx.objects.list({ prefix, startAfter, limit: PAGE })
      await removeSome(
        ctx,
        page.filter(({ key }) => isOfLog(key)).map(({ key }) => ({ runId: run.id, key })),
        left,
      )
      if (page.length === 0) break
      startAfter = page.at(-1)?.key ?? ''
    }
}

async function removeSome(
  ctx: Context,
  objects: { runId: string; key: string }[],
  left: Left,
): Promise<void> {
  const owners = new Map(
    objects.filter(({ runId }) => !left.has(runId)).map(({ key, runId }) => [key, runId]),
  )
  for (const { key, error } of await removeKeys(ctx, [...owners.keys()])) {
    const runId = owners.get(key)
    if (runId !== undefined) left.set(runId, `${key} could not be removed: ${error}`)
  }
}
