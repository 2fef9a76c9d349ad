import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { Output } from '../../ports/output-store.ts'
import { LedgerError } from '../../run/errors.ts'
import { RunId } from '../../run/ids.ts'
import { fileNameOf, OutputPath } from '../../run/output-path.ts'
import type { RunOutput } from '../../run/run-output.ts'
import { takeTokens } from '../limits/take-tokens.ts'
import { requireScope } from '../require-scope.ts'
import { parseNamed } from './parse-named.ts'
import { expiry } from './presign-upload.ts'
import { runWithFiles } from './run-with-files.ts'
import { toRunOutput } from './to-run-output.ts'

/** Which file of which run. */
export const GetOutput = z.strictObject({ id: RunId, path: OutputPath })
export type GetOutput = z.input<typeof GetOutput>

/** A file, and where it is for whoever has the URL. */
export interface OutputLink {
  output: RunOutput
  url: string
  expiresAt: string
}

/**
 * One file and a URL that gives it to whoever has it, as an attachment by its name, for 15 minutes. Throws `not_found`; `conflict`
 * where the run's files are in an archive; `limited`.
 */
export async function getOutput(ctx: Context, input: GetOutput): Promise<OutputLink> {
  requireScope(ctx, 'runs:read')
  const { id, path } = parseNamed(ctx, GetOutput, input)
  await takeTokens(ctx, 'presign', 1)
  const output = await findOutput(ctx, id, path)
  const { expiresSeconds, expiresAt } = expiry(ctx)
  const url = await ctx.objects.presignGet(output.objectKey, { filename: fileNameOf(path), expiresSeconds })
  return { output: toRunOutput(output), url, expiresAt }
}

/** The file of this name that the last attempt has produced, in the store. Throws `not_found`, `conflict`. */
export async function findOutput(ctx: Context, id: string, path: string): Promise<Output> {
  await runWithFiles(ctx, id)
  return await findRecorded(ctx, id, path)
}

/** The same, wherever its bytes are. Throws `not_found`. */
export async function findRecorded(ctx: Context, id: string, path: string): Promise<Output> {
  const output = await ctx.outputs.find(id, path)
  if (output === null) throw new LedgerError('not_found', `run ${id} has no output ${path}`)
  return output
}
