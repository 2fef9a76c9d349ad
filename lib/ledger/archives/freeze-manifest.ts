import { createHash } from 'node:crypto'
import type { Context } from '../../ports/context.ts'
import type { ListedObject } from '../../ports/object-store.ts'
import type { Output } from '../../ports/output-store.ts'
import {
  type ArchiveEntry,
  type ArchiveManifest,
  logEntryName,
  outputEntryName,
} from '../../run/archive-manifest.ts'
import { unsafeNameFault } from '../../run/archive-name.ts'
import { LedgerError } from '../../run/errors.ts'
import { folderOf } from '../../run/folder.ts'
import type { Run } from '../../run/run.ts'
import { allOutputs } from './all-outputs.ts'
import type { HeldStorage } from './held-storage.ts'
import { listOriginals, originalsPrefix } from './list-originals.ts'
import { missingOfCopy } from './missing-of-copy.ts'

/** What makes archives, as they say themselves. */
export const ARCHIVE_TOOL = 'runledger 0.1.0'

/**
 * What an archive of this run holds: its log, and every object below its folder, each by the SHA-256 that was taken when it was
 * uploaded; what nobody has hashed is read now. Throws `conflict`, naming it, for a file that is gone, that is not as it was
 * recorded, or whose name is not safe.
 */
export async function freezeManifest(ctx: Context, run: Run, held: HeldStorage): Promise<ArchiveManifest> {
  const folder = folderOf(run)
  const recorded = await allOutputs(ctx, run.id)
  const listed = await listOriginals(ctx.objects, folder, recorded.keys())
  refuseMissing(run, recorded, listed)
  await refuseIncomplete(ctx, run)
  const entries: ArchiveEntry[] = run.logBytes > 0 ? [await logEntry(ctx, run, held)] : []
  for (const object of [...listed.values()].toSorted(byKey)) {
    await held.stay()
    const output = recorded.get(object.key) ?? null
    entries.push(await toEntry(ctx, { object, output, folder, held }))
  }
  return {
    format: 'runledger-archive',
    version: 1,
    tool: ARCHIVE_TOOL,
    createdAt: await ctx.retentionStore.now(),
    folder,
    run: { ...run },
    entries,
  }
}

function refuseMissing(run: Run, recorded: Map<string, Output>, listed: Map<string, ListedObject>): void {
  const missing = [...recorded.values()].find(({ objectKey }) => !listed.has(objectKey))
  if (missing === undefined) return
  throw new LedgerError(
    'conflict',
    `the output ${missing.path} of run ${run.id} is not in the object store (${missing.objectKey}); the run is left as it is`,
  )
}

/** The copy that a run was restored from goes when it is archived again: it must not be the only place of anything. */
async function refuseIncomplete(ctx: Context, run: Run): Promise<void> {
  const missing = await missingOfCopy(ctx, run)
  if (missing === null) return
  throw new LedgerError(
    'conflict',
    `run ${run.id} was restored, and ${missing.key} is not in the object store any more; restore the run again, then archive it`,
  )
}

async function toEntry(
  ctx: Context,
  {
    object,
    output,
    folder,
    held,
  }: { object: ListedObject; output: Output | null; folder: string; held: HeldStorage },
): Promise<ArchiveEntry> {
  const { key, bytes, etag } = object
  const prefix = originalsPrefix(folder)
  const path = key.startsWith(prefix)
    ? `outputs/${key.slice(prefix.length)}`
    : outputEntryName(output?.fence ?? 1, output?.path ?? '')
  const fault = unsafeNameFault(path)
  if (fault !== null) {
    ctx.log.warn('an object whose name is not safe is not archived', { key, fault })
    throw new LedgerError('conflict', `the object ${key} cannot be archived: its name ${fault}`)
  }
  if (output === null) return { path, ...(await measured(ctx, key, held)) }
  const isAsRecorded = output.etag === etag && output.bytes === bytes && output.sha256 !== null
  const sha256 = isAsRecorded ? output.sha256 : await hashOf(ctx, object, held)
  if (output.bytes !== bytes || sha256 === null || (output.sha256 !== null && output.sha256 !== sha256))
    throw new LedgerError('conflict', `${key} is not as it was recorded; the run is left as it is`)
  const { contentType, committedAt, createdAt } = output
  return { path, bytes, sha256, key, etag, contentType, metadata: {}, modifiedAt: committedAt ?? createdAt }
}

async function logEntry(ctx: Context, { id, logFile }: Run, held: HeldStorage): Promise<ArchiveEntry> {
  if (logFile === null) throw new LedgerError('conflict', `the log of run ${id} is not one object yet`)
  return { path: logEntryName(logFile), ...(await measured(ctx, logFile, held)) }
}

/** An object of which nothing is known but that it is there. */
async function measured(ctx: Context, key: string, held: HeldStorage): Promise<Omit<ArchiveEntry, 'path'>> {
  const head = await ctx.objects.head(key)
  if (head === null) throw gone(key)
  const { bytes, etag, contentType, metadata, modifiedAt } = head
  const sha256 = await hashOf(ctx, { key, etag }, held)
  return { bytes, sha256, key, etag, contentType, metadata, modifiedAt }
}

async function hashOf(
  { objects }: Context,
  { key, etag }: Pick<ListedObject, 'key' | 'etag'>,
  held: HeldStorage,
): Promise<string> {
  const found = await objects.get(key, etag === null ? {} : { ifMatch: etag })
  if (found === null) throw gone(key)
  const hash = createHash('sha256')
  for await (const piece of found.body) {
    hash.update(piece)
    await held.stay()
  }
  return hash.digest('hex')
}

const gone = (key: string) =>
  new LedgerError('conflict', `${key} is not in the object store; the run is left as it is`)

const byKey = (a: ListedObject, b: ListedObject) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key))
