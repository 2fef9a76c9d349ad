import type { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { RunOutput } from '../../run/run-output.ts'
import { isArchived } from '../archives/archived-files.ts'
import { takeTokens } from '../limits/take-tokens.ts'
import { requireScope } from '../require-scope.ts'
import { getRun } from '../runs/get-run.ts'
import { getOutput, type OutputLink } from './get-output.ts'
import { OpenOutput, openOutput } from './open-output.ts'
import { parseNamed } from './parse-named.ts'

export const FetchOutput = OpenOutput
export type FetchOutput = z.input<typeof FetchOutput>

/** A file: where it is for whoever has the URL, or, out of an archive, its bytes. */
export type FetchedOutput =
  | ({ from: 'store' } & OutputLink)
  | { from: 'archive'; output: RunOutput; body: ReadableStream<Uint8Array> }

/**
 * One file of a run, by the shortest way there is: a URL to where it is, for 15 minutes, or the bytes where it is archived. `range` is
 * of the bytes alone. Throws `not_found`, `limited`; `forbidden` where it is archived and not the actor's.
 */
export async function fetchOutput(ctx: Context, input: FetchOutput): Promise<FetchedOutput> {
  requireScope(ctx, 'runs:read')
  const { id, path, range } = parseNamed(ctx, FetchOutput, input)
  const { storageState } = await getRun(ctx, { id })
  if (!isArchived(storageState)) return { from: 'store', ...(await getOutput(ctx, { id, path })) }
  // As the URL does: to read one file, its archive is unpacked.
  await takeTokens(ctx, 'presign', 1)
  const asked = range === undefined ? { id, path } : { id, path, range }
  return { from: 'archive', ...(await openOutput(ctx, asked)) }
}
