import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { GetOptions } from '../../ports/object-store.ts'
import type { Output } from '../../ports/output-store.ts'
import { LedgerError } from '../../run/errors.ts'
import type { RunOutput } from '../../run/run-output.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { findOutput, GetOutput } from './get-output.ts'
import { toRunOutput } from './to-run-output.ts'

const Place = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

/** Which file, and which part of it. */
export const OpenOutput = GetOutput.extend({
  range: z
    .strictObject({ start: Place, end: Place.optional() })
    .transform(({ start, end }) => (end === undefined ? { start } : { start, end }))
    .optional(),
})
export type OpenOutput = z.input<typeof OpenOutput>

export interface OpenedOutput {
  output: RunOutput
  /** To be read once; nothing is fetched faster than it is read, and what breaks off throws. */
  body: ReadableStream<Uint8Array>
}

/**
 * One file, streamed. Throws `not_found`; `conflict` where the run's files are in an archive; `invalid` for a range beyond the
 * end.
 */
export async function openOutput(ctx: Context, input: OpenOutput): Promise<OpenedOutput> {
  requireScope(ctx, 'runs:read')
  const { id, path, range } = parseInput(OpenOutput, input)
  const output = await findOutput(ctx, id, path)
  return { output: toRunOutput(output), body: await openObject(ctx, output, range) }
}

/** The bytes of a recorded file. Throws `unavailable` where they are not there, or are others than were recorded. */
export async function openObject(
  { objects }: Context,
  { objectKey, path, etag, bytes }: Output,
  range?: GetOptions['range'],
): Promise<ReadableStream<Uint8Array>> {
  const found = await objects.get(objectKey, range === undefined ? {} : { range })
  if (found?.bytes === bytes && found.etag === etag) return found.body
  await found?.body.cancel()
  throw new LedgerError('unavailable', `${path} is not in the object store as it was recorded`)
}
