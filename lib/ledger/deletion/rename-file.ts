import { createHash } from 'node:crypto'
import type { Context } from '../../ports/context.ts'
import type { StrayOutput } from '../../ports/reconcile-store.ts'
import { isLedgerError, LedgerError } from '../../run/errors.ts'
import { hashed } from '../objects/hashed.ts'
import { writeObject } from '../objects/write-object.ts'
import { removeKeys } from './remove-keys.ts'

/**
 * Moves a file's object to where it belongs: it is copied, the copy is read and compared, then it is the one that is named, and only then
 * the first one is removed. Why that could not be; null: it was. Whoever else is at the same file finds the copy there and never
 * writes over it. Where it ends in between there are two, of which one is named; called again it goes on. A first one that is
 * not named any more and could not be removed is listed for people, as what nobody knows.
 */
export async function renameFile(ctx: Context, output: StrayOutput): Promise<string | null> {
  try {
    const { etag } = await copyCompared(ctx, output)
    if (!(await ctx.reconciliation.moveOutput(output, etag))) return 'has changed meanwhile; it stays'
    const [failed] = await removeKeys(ctx, [output.key])
    if (failed !== undefined) return `was copied, and could not be removed: ${failed.error}`
    await ctx.reconciliation.dropOrphans([output.key])
    return null
  } catch (error) {
    if (isLedgerError(error)) return error.message
    throw error
  }
}

/** The copy, which holds what was recorded of the file. Throws `conflict` where the file does not, or another one is in the way. */
async function copyCompared(
  { objects }: Context,
  { key, to, bytes, sha256 }: StrayOutput,
): Promise<{ etag: string | null }> {
  const isThere = (await objects.head(to)) !== null
  const found = await objects.get(key)
  if (found === null) throw new LedgerError('not_found', 'is not in the object store')
  const { contentType, metadata } = found
  const source = asRecorded(found.body, { bytes, sha256 })
  const options = { metadata, ifAbsent: true, ...(contentType === null ? {} : { contentType }) }
  const hash = createHash('sha256')
  if (isThere) await readAll(hashed(source, hash))
  else await writeObject(objects, to, hashed(source, hash), options)
  const copy = await objects.get(to)
  const copyHash = createHash('sha256')
  if (copy !== null) await readAll(hashed(copy.body, copyHash))
  if (copy?.bytes === bytes && copyHash.digest('hex') === hash.digest('hex')) return copy
  throw new LedgerError('conflict', `stays where it is: there is another file at ${to}`)
}

/** The same bytes; at their end it throws where they are not what was recorded, so that nothing is kept of them. */
async function* asRecorded(
  source: AsyncIterable<Uint8Array>,
  { bytes, sha256 }: Pick<StrayOutput, 'bytes' | 'sha256'>,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let read = 0
  for await (const piece of hashed(source, hash)) {
    read += piece.length
    yield piece
  }
  if (read !== bytes || (sha256 !== null && hash.digest('hex') !== sha256))
    throw new LedgerError('conflict', 'stays where it is: it is not as it was recorded')
}

async function readAll(source: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of source);
}
