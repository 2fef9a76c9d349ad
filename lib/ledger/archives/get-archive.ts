import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { LedgerError } from '../../run/errors.ts'
import { RunId } from '../../run/ids.ts'
import { fileNameOf } from '../../run/output-path.ts'
import { takeTokens } from '../limits/take-tokens.ts'
import { expiry } from '../outputs/presign-upload.ts'
import { parseInput } from '../parse-input.ts'
import { getRun } from '../runs/get-run.ts'
import { refuseStranger, requireMaker } from './may-use-archive.ts'

export const GetArchive = z.strictObject({ id: RunId })
export type GetArchive = z.input<typeof GetArchive>

/** Where an archive is for whoever has the URL. */
export interface ArchiveLink {
  url: string
  expiresAt: string
  fileName: string
  bytes: number | null
  sha256: string | null
}

/**
 * A URL that gives a run's archive to whoever has it, as one file, for 15 minutes. Throws `not_found` where it has none (any more);
 * `forbidden`, `limited`. Source 002.
 */
export async function getArchive(ctx: Context, input: GetArchive): Promise<ArchiveLink> {
  requireMaker(ctx, 'runs:read')
  const { id } = parseInput(GetArchive, input)
  const run = await getRun(ctx, { id })
  refuseStranger(ctx, run)
  await takeTokens(ctx, 'presign', 1)
  const { archivePath, archiveBytes, archiveSha256, storageState } = run
  if (archivePath === null || (storageState !== 'archived' && storageState !== 'restoring'))
    throw new LedgerError('not_found', `run ${id} has no archive; its files are ${storageState}`)
  const { expiresSeconds, expiresAt } = expiry(ctx)
  const fileName = fileNameOf(archivePath)
  const url = await ctx.objects.presignGet(archivePath, { filename: fileName, expiresSeconds })
  return { url, expiresAt, fileName, bytes: archiveBytes, sha256: archiveSha256 }
}
