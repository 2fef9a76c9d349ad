import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { GetOptions, ObjectStore } from '../../ports/object-store.ts'
import type { Output } from '../../ports/output-store.ts'
import { LedgerError } from '../../run/errors.ts'
import type { RunOutput } from '../../run/run-output.ts'
import { requireScope } from '../require-scope.ts'
import { findRecorded, GetOutput } from './get-output.ts'
import { parseNamed } from './parse-named.ts'
import { openFiles, type RunFiles } from './run-with-files.ts'
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
 * One file, streamed, wherever it is. Throws `not_found`; `forbidden` where it is archived and not the actor's; `invalid` for a range
 * beyond the end.
 */
export async function openOutput(ctx: Context, input: OpenOutput): Promise<OpenedOutput> {
  requireScope(ctx, 'runs:read')
  const { id, path, range } = parseNamed(ctx, OpenOutput, input)
  const files = await openFiles(ctx, id)
  try {
    const output = await findRecorded(ctx, id, path)
    const body = await openObject(files, output, range)
    return { output: toRunOutput(output), body: ReadableStream.from(closing(body, files)) }
  } catch (error) {
    await files.close()
    throw error
  }
}

async function* closing(body: AsyncIterable<Uint8Array>, files: RunFiles): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } finally {
    await files.close()
  }
}

/** The bytes of a recorded file. Throws `unavailable` where they are not there, or are others than were recorded. */
export async function openObject(
  files: Pick<ObjectStore, 'get'>,
  { objectKey, path, etag, bytes }: Output,
  range?: GetOptions['range'],
): Promise<ReadableStream<Uint8Array>> {
  const found = await files.get(objectKey, range === undefined ? {} : { range })
  if (found?.bytes === bytes && found.etag === etag) return found.body
  await found?.body.cancel()
  throw new LedgerError('unavailable', `${path} is not in the object store as it was recorded`)
}
