import { Readable } from 'node:stream'
import { type Pack, pack } from 'tar-stream'
import type { Context } from '../../ports/context.ts'
import type { Output } from '../../ports/output-store.ts'
import { folderOf } from '../../run/folder.ts'
import { LIMITS } from '../../run/limits.ts'
import { takeTokens } from '../limits/take-tokens.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { GetRun } from '../runs/get-run.ts'
import { openObject } from './open-output.ts'
import { openFiles, type RunFiles } from './run-with-files.ts'

export interface OutputsTar {
  /** The run's folder; every entry of the tar is below it. */
  folder: string
  /** To be read once. Nothing is fetched faster than it is read. */
  body: AsyncIterable<Uint8Array>
}

/**
 * All files of a run as one tar, made as it is read, in constant memory. Where a file cannot be read to its end the tar breaks off
 * with an error, and never ends as if it were whole. Throws `not_found`, `limited`; `forbidden` where the run is
 * archived and not the actor's.
 */
export async function tarOutputs(ctx: Context, input: GetRun): Promise<OutputsTar> {
  requireScope(ctx, 'runs:read')
  const { id } = parseInput(GetRun, input)
  await takeTokens(ctx, 'presign', 1)
  const files = await openFiles(ctx, id)
  const folder = folderOf(files.run)
  return { folder, body: closing(toTar(ctx, files, folder), files) }
}

/** The same; closes the files also where nobody begins to read: a generator that was not begun ends without its `finally`. */
function closing(tar: AsyncGenerator<Uint8Array>, files: RunFiles): AsyncIterable<Uint8Array> {
  let isBegun = false
  const next = () => {
    isBegun = true
    return tar.next()
  }
  const end = async () => {
    if (!isBegun) await files.close()
    return await tar.return(undefined)
  }
  return { [Symbol.asyncIterator]: () => ({ next, return: end }) }
}

async function* toTar(ctx: Context, files: RunFiles, folder: string): AsyncGenerator<Uint8Array> {
  const tar = pack()
  const filled = fill(tar, ctx, files, folder).catch((error: Error) => tar.destroy(error))
  try {
    yield* tar as AsyncIterable<Uint8Array>
  } catch (error) {
    ctx.log.error('a tar of outputs broke off', { runId: files.run.id, error })
    throw error
  } finally {
    tar.destroy()
    await filled
    await files.close()
  }
}

async function fill(tar: Pack, ctx: Context, files: RunFiles, folder: string): Promise<void> {
  for (let afterPath = ''; ; ) {
    const page = await ctx.outputs.list(files.run.id, { afterPath, limit: LIMITS.pageSize })
    for (const output of page) {
      const body = await openObject(files, output)
      await addEntry(tar, { output, name: `${folder}/${output.path}`, body })
    }
    if (page.length < LIMITS.pageSize) return tar.finalize()
    afterPath = page.at(-1)?.path ?? ''
  }
}

/** Resolves when the entry is whole; a body that is shorter or longer than recorded destroys the tar. */
async function addEntry(
  tar: Pack,
  { output, name, body }: { output: Output; name: string; body: ReadableStream<Uint8Array> },
): Promise<void> {
  const source = Readable.fromWeb(body)
  const mtime = new Date(output.committedAt ?? output.createdAt)
  try {
    await new Promise<void>((resolve, reject) => {
      const added = (error?: Error | null) => (error ? reject(error) : resolve())
      const entry = tar.entry({ name, size: output.bytes, mtime }, added)
      // Told by the callback.
      entry.on('error', () => {})
      source.on('error', (error) => entry.destroy(error))
      source.pipe(entry as unknown as NodeJS.WritableStream)
    })
  } finally {
    source.destroy()
  }
}
