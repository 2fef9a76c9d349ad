import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { ObjectHead } from '../../ports/object-store.ts'
import type { CleanedRuns, Orphan } from '../../run/deletion.ts'
import { LIMITS } from '../../run/limits.ts'
import { ownerOfKey } from '../../run/object-owner.ts'
import { Reason } from '../../run/reason.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { removeKeys } from './remove-keys.ts'

/** So few are asked about and then removed. */
const AT_ONCE = 20

/** Told of what stays, and why. */
type Stay = (item: string, message: string) => void

const Key = z.string().min(1).max(1_024)

export const ListOrphans = z.strictObject({
  limit: z.coerce.number().int().min(1).max(LIMITS.pageSize).default(LIMITS.defaultPageSize),
  cursor: Key.optional().meta({ description: 'The nextCursor of the page before' }),
})
export type ListOrphans = z.input<typeof ListOrphans>

/** Objects that nobody knows, as reconcile has found them, in the order of their keys. */
export async function listOrphans(
  ctx: Context,
  input: ListOrphans = {},
): Promise<{ data: Orphan[]; nextCursor: string | null }> {
  requireScope(ctx, 'admin')
  const { limit, cursor } = parseInput(ListOrphans, input)
  const found = await ctx.reconciliation.orphans({ after: cursor, limit: limit + 1 })
  const data = found.slice(0, limit)
  return { data, nextCursor: found.length > limit ? (data.at(-1)?.key ?? null) : null }
}

export const DeleteOrphans = z
  .strictObject({
    keys: z.array(Key).min(1).max(1_000).meta({ description: 'Of the list, as somebody has looked at it' }),
    reason: Reason,
  })
  .meta({ id: 'DeleteOrphans' })
export type DeleteOrphans = z.input<typeof DeleteOrphans>

/**
 * Deletes objects that nobody knows, by their keys, from the list alone: one that is not on it, that is known by now, or is not as
 * it was found, stays and is named. Pending in the audit before, confirmed after.
 */
export async function deleteOrphans(
  ctx: Context,
  input: DeleteOrphans,
): Promise<{ deleted: number; freedSpace: number; errors: CleanedRuns['errors'] }> {
  requireScope(ctx, 'admin')
  const { keys, reason } = parseInput(DeleteOrphans, input)
  const listed = new Map(
    (await ctx.reconciliation.orphans({ keys, limit: keys.length })).map((orphan) => [orphan.key, orphan]),
  )
  const errors: CleanedRuns['errors'] = []
  const stay: Stay = (item, message) => void errors.push({ item, message })
  for (const key of keys) if (!listed.has(key)) stay(key, 'is not on the list')
  const ours: Orphan[] = []
  for (const orphan of await stillUnknown(ctx, [...listed.values()], stay)) {
    const head = await ctx.objects.head(orphan.key)
    if (head === null || isAsFound(head, orphan)) ours.push(orphan)
    else stay(orphan.key, 'is not as it was found')
  }
  if (ours.length === 0) return { deleted: 0, freedSpace: 0, errors }
  const entry = (phase: 'pending' | 'confirmed', of: Orphan[]) => ({
    id: ctx.newId(),
    action: 'orphans.deleted' as const,
    phase,
    actor: ctx.actor.name,
    requestId: ctx.requestId,
    reason,
    stats: { objects: of.map(({ key, bytes }) => ({ key, bytes })) },
  })
  await ctx.audit.append([entry('pending', ours)])
  const gone: Orphan[] = []
  for (let at = 0; at < ours.length; at += AT_ONCE)
    gone.push(...(await removeSome(ctx, ours.slice(at, at + AT_ONCE), stay)))
  await ctx.reconciliation.dropOrphans(
    gone.map(({ key }) => key),
    entry('confirmed', gone),
  )
  return { deleted: gone.length, freedSpace: gone.reduce((sum, { bytes }) => sum + bytes, 0), errors }
}

/** Where no etag was noted, its size says it. */
function isAsFound(head: ObjectHead, { bytes, etag }: Orphan): boolean {
  return head.bytes === bytes && (etag === null || head.etag === etag)
}

/** Asked again directly before: the files of an archived run may be put back meanwhile. Those that are gone. */
async function removeSome(ctx: Context, orphans: Orphan[], stay: Stay): Promise<Orphan[]> {
  const unknown = await stillUnknown(ctx, orphans, stay)
  const failed = await removeKeys(
    ctx,
    unknown.map(({ key }) => key),
  )
  for (const { key, error } of failed) stay(key, `could not be removed: ${error}`)
  return unknown.filter(({ key }) => !failed.some((one) => one.key === key))
}

/** One that a row names by now goes from the list, and stays. */
async function stillUnknown(ctx: Context, orphans: Orphan[], stay: Stay): Promise<Orphan[]> {
  const unknown = new Set(
    await ctx.reconciliation.unknownObjects(orphans.map(({ key }) => ({ key, runId: ownerOfKey(key) }))),
  )
  const known = orphans.filter(({ key }) => !unknown.has(key)).map(({ key }) => key)
  for (const key of known) stay(key, 'is known by now')
  if (known.length > 0) await ctx.reconciliation.dropOrphans(known)
  return orphans.filter(({ key }) => unknown.has(key))
}
