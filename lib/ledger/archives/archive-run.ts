import { z } from 'zod'
import { SYSTEM } from '../../ports/actor.ts'
import type { TakenStorage, TakeStorage } from '../../ports/archive-store.ts'
import type { Context } from '../../ports/context.ts'
import type { ArchiveCompression } from '../../run/archive-manifest.ts'
import { LedgerError } from '../../run/errors.ts'
import { isHeld } from '../../run/hold.ts'
import { RunId } from '../../run/ids.ts'
import type { Run } from '../../run/run.ts'
import { isFinal } from '../../run/transitions.ts'
import { compactLog } from '../logs/compact-log.ts'
import { parseInput } from '../parse-input.ts'
import { getRun } from '../runs/get-run.ts'
import { STORAGE_LEASE_SECONDS } from './held-storage.ts'
import { refuseStranger, requireMaker } from './may-use-archive.ts'
import { doStorageWork, type StorageOptions } from './storage-work.ts'
import { tellBegun } from './tell-begun.ts'

export const ArchiveRun = z.strictObject({ id: RunId })
export type ArchiveRun = z.input<typeof ArchiveRun>

/**
 * Puts the log and the files of a run that has ended into its archive now, whatever its age. Called again it goes on with what was
 * begun, and does nothing to one that is archived. The run is `archiving` in the answer where time ran out: the tick goes on.
 * Throws `not_found`, `forbidden`; `conflict` for a run that is not to be archived; `limited` while others are. Source 002.
 */
export async function archiveRun(
  ctx: Context,
  input: ArchiveRun,
  options: StorageOptions = {},
): Promise<Run> {
  requireMaker(ctx, 'runs:write')
  const { id } = parseInput(ArchiveRun, input)
  const run = await getRun(ctx, { id }, 'runs:write')
  refuseStranger(ctx, run)
  if (run.storageState === 'archived' && (await ctx.archives.inForce(id))?.status === 'kept') return run
  if (run.storageState === 'active') await prepare(ctx, run)
  const taken = await takeToArchive(ctx, run, options)
  return await tellBegun(ctx, run, 'run.archived', async () => {
    if (options.gzipOnly && (await compressionOf(ctx, id)) !== 'gzip')
      await ctx.archives.release(taken.lease, 0)
    else await doStorageWork(ctx, taken, options)
  })
}

/** By which the archive is made that is under way, or is about to be. */
async function compressionOf(ctx: Context, id: string): Promise<ArchiveCompression> {
  const last = await ctx.archives.last(id)
  const isUnderWay = last !== null && last.manifest !== '' && last.status !== 'restored'
  return isUnderWay ? last.compression : ctx.retention.archiveCompression
}

/** What must be so before a run can be archived, as far as it can be made so. Throws `conflict` where it cannot. */
async function prepare(ctx: Context, run: Run): Promise<void> {
  if (!isFinal(run.state)) throw refused(run, `it is ${run.state}; only a run that has ended can be archived`)
  if (run.outputCount === 0 && run.logBytes === 0) throw refused(run, 'it has neither a log nor files')
  const state = await ctx.logs.state(run.id)
  const isInPieces = state !== null && state.bytes > state.objectBytes
  if (isInPieces || (await ctx.logs.chunks(run.id, 0, 1)).length > 0)
    await compactLog({ ...ctx, actor: SYSTEM }, run.id)
}

async function takeToArchive(ctx: Context, run: Run, options: StorageOptions): Promise<TakenStorage> {
  const { leaseSeconds = STORAGE_LEASE_SECONDS } = options
  const { archiveConcurrency: most } = ctx.retention
  const work = run.storageState === 'active' ? 'archive' : 'resume'
  const asked: TakeStorage = { id: run.id, work, leaseSeconds, most }
  const taken = await ctx.archives.take(asked)
  if (taken === 'busy') throw busy()
  if (taken === null || taken.run.storageState === 'restoring') throw await whyNot(ctx, run.id)
  return taken
}

/** Said while as many archives are being made as may be. */
export function busy(): LedgerError {
  return new LedgerError('limited', 'as many archives are being made as may be; try again in a minute', {
    retryAfterSeconds: 60,
  })
}

async function whyNot(ctx: Context, id: string): Promise<LedgerError> {
  const run = await getRun(ctx, { id }, 'runs:write')
  if (run.storageState !== 'active')
    return refused(
      run,
      `its files are ${run.storageState}${MEANWHILE.has(run.storageState) ? ' just now' : ''}`,
    )
  if (isHeld(run, await ctx.retentionStore.now())) return refused(run, 'it is held; release it first')
  return refused(run, 'an upload of it is on its way, or its log is not one object yet; try again later')
}

const MEANWHILE = new Set(['archiving', 'archived', 'restoring'])

const refused = ({ id }: Run, why: string) =>
  new LedgerError('conflict', `run ${id} cannot be archived: ${why}`)
