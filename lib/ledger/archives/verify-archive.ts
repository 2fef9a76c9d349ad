import { isArchiveFault } from '../../archive/archive-fault.ts'
import type { Archive } from '../../ports/archive-store.ts'
import type { Context } from '../../ports/context.ts'
import { LedgerError } from '../../run/errors.ts'
import { isHeld } from '../../run/hold.ts'
import { LIMITS } from '../../run/limits.ts'
import type { Run } from '../../run/run.ts'
import { openAlert } from '../alerts/open-alert.ts'
import { resolveAlert } from '../alerts/resolve-alert.ts'
import { requireScope } from '../require-scope.ts'
import { holdRun } from '../retention/hold-run.ts'
import { getRun } from '../runs/get-run.ts'
import { layoutOf } from './frozen-layout.ts'
import { readBack } from './read-back.ts'

/** What came of reading an archive again. */
export interface VerifiedArchive {
  /** How much of it was read now. */
  bytes: number
  /** Whether it was read to its end, by now. */
  isThrough: boolean
  /** What is wrong with it; null: nothing. */
  fault: string | null
}

/** What the alert about one damaged archive is kept under. */
const damageAlert = (runId: string) => `archive.damaged:${runId}`

export interface VerifyOptions {
  /** Of a large one: whether to stop after the part it is at, having read so many bytes. */
  isOver?: ((bytes: number) => boolean) | undefined
  /** What is read in one go. */
  wholeBytes?: number | undefined
}

/**
 * Reads the archive of a run from its first to its last byte, and compares it with what was noted when it was made; a large one as far
 * as the time goes, from where it was left. One that is not what it must be holds its run, so that nothing of it is deleted, and opens an
 * alert; one that is right again ends that. Null where the run has no archive (any more). Throws where it could not be read at all. Issue 6.
 */
export async function verifyArchive(
  ctx: Context,
  runId: string,
  options: VerifyOptions = {},
): Promise<VerifiedArchive | null> {
  requireScope(ctx, 'admin')
  const archive = await ctx.archives.inForce(runId)
  if (archive === null) return null
  const run = await getRun(ctx, { id: runId }, 'admin')
  // Whoever is killed over it comes after the others the next time.
  await ctx.archives.noteReading(runId, archive.attempt, null)
  const read: VerifiedArchive = { bytes: 0, isThrough: true, fault: null }
  try {
    read.isThrough = await readAgain(ctx, { archive, run, read }, options)
  } catch (error) {
    const isDamaged = isArchiveFault(error) || (error instanceof LedgerError && error.code === 'conflict')
    if (!isDamaged) throw error
    // Restored or deleted while it was read: there is nothing to be right about.
    if ((await ctx.archives.inForce(runId))?.attempt !== archive.attempt) return null
    await ctx.archives.noteRead(runId, archive.attempt, error.message)
    await tellDamage(ctx, run, error.message)
    return { ...read, bytes: read.bytes || (archive.bytes ?? 0), fault: error.message }
  }
  if (!read.isThrough) {
    await ctx.archives.pauseReading(runId, archive.attempt)
    return read
  }
  await ctx.archives.noteRead(runId, archive.attempt, null)
  if (archive.fault !== null)
    await resolveAlert(ctx, {
      key: damageAlert(runId),
      message: `the archive of run ${runId} is as it must be again`,
    })
  return read
}

/** Whether it came to the end; adds to what was read. */
async function readAgain(
  ctx: Context,
  { archive, run, read }: { archive: Archive; run: Run; read: VerifiedArchive },
  { isOver = () => false, wholeBytes = LIMITS.archiveWholeBytes }: VerifyOptions,
): Promise<boolean> {
  const found = await readBack(ctx, {
    archive,
    layout: layoutOf(archive),
    wholeBytes,
    stay: async () => {},
    isOver: () => isOver(read.bytes),
    async note(reading, part) {
      read.bytes += part.bytes
      await ctx.archives.noteReading(run.id, archive.attempt, reading)
    },
  })
  if (found === null) return false
  if (found.sha256 !== run.archiveSha256)
    throw new LedgerError('conflict', `the SHA-256 of ${archive.key} is another than it was`)
  read.bytes ||= found.bytes
  return true
}

async function tellDamage(ctx: Context, { id, archivePath, holdUntil }: Run, fault: string): Promise<void> {
  const message = `the archive of run ${id} is damaged: ${fault}`
  await openAlert(ctx, {
    key: damageAlert(id),
    type: 'archive.damaged',
    message,
    data: { runId: id, archivePath, fault },
  })
  // Whoever holds it already has a reason of their own.
  if (isHeld({ holdUntil }, await ctx.retentionStore.now())) return
  await holdRun(ctx, { id, reason: message.slice(0, MOST_REASON) }).catch((error: unknown) => {
    ctx.log.warn('a run whose archive is damaged could not be held', { runId: id, error })
  })
}

const MOST_REASON = 500
