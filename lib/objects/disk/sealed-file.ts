import { createHash } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import type { ObjectHead, StoredObject } from '../../ports/object-store.ts'
import { LedgerError } from '../../run/errors.ts'
import { codeOf } from './disk-error.ts'

const MARK = Buffer.from('RLO1')
const FOOT_BYTES = 4 + MARK.length
/** A seal is read with the file's end in one go where it is no longer than this, and is never longer than that. */
const LIKELY_BYTES = 4096
const MAX_SEAL_BYTES = 64 * 1024

/** What is known of an object besides its bytes. */
export interface Seal {
  key: string
  contentType: string | null
  metadata: Record<string, string>
}

/** An object as its file says. */
export interface SealedHead extends ObjectHead {
  key: string
  etag: string
}

/** An open object: it stays readable when it is replaced or removed meanwhile. */
export interface OpenSealed {
  head: SealedHead
  handle: FileHandle
}

/**
 * Writes a new file: the bytes, then the seal (JSON, its length, a mark), so that an object and what is known of it are one
 * file and cannot disagree. Synced when this comes back; on any error nothing is left. Throws `invalid` where the
 * bytes are not those of `sha256`.
 */
export async function writeSealed(
  path: string,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  seal: Seal,
  sha256?: string,
): Promise<StoredObject & { etag: string }> {
  const handle = await open(path, 'wx', 0o600)
  try {
    const hash = createHash('sha256')
    let bytes = 0
    for await (const piece of source) {
      bytes += piece.length
      hash.update(piece)
      await handle.writeFile(piece)
    }
    const etag = hash.digest('hex')
    if (sha256 !== undefined && etag !== sha256)
      throw new LedgerError('invalid', `the SHA-256 of ${seal.key} is ${etag}, not ${sha256}`)
    await putSeal(handle, { ...seal, bytes, etag })
    await handle.close()
    return { etag, bytes }
  } catch (error) {
    await handle.close()
    await rm(path, { force: true })
    throw error
  }
}

/** Writes the seal after the bytes, and syncs the file. */
export async function putSeal(
  handle: FileHandle,
  { key, bytes, etag, contentType, metadata }: Seal & { bytes: number; etag: string },
): Promise<void> {
  const text = Buffer.from(JSON.stringify({ key, bytes, etag, contentType, metadata }))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(text.length)
  const seal = Buffer.concat([text, length, MARK])
  // A disk may take a part of it, and refuse the next only.
  for (let done = 0; done < seal.length; ) {
    const { bytesWritten } = await handle.write(seal, done, seal.length - done, bytes + done)
    done += bytesWritten
  }
  await handle.sync()
}

/** Opens an object's file; null where there is none. The caller closes the handle. Throws `unavailable` for a broken one. */
export async function openSealed(path: string, flags = 'r'): Promise<OpenSealed | null> {
  const handle = await open(path, flags).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  })
  if (handle === null) return null
  try {
    return { handle, head: await readSeal(handle, path) }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** What a file says of its object; null where there is none. */
export async function readSealed(path: string): Promise<SealedHead | null> {
  const found = await openSealed(path)
  await found?.handle.close()
  return found?.head ?? null
}

async function readSeal(handle: FileHandle, path: string): Promise<SealedHead> {
  const { size, mtime } = await handle.stat()
  let end = await readEnd(handle, size, LIKELY_BYTES)
  const length = end.length < FOOT_BYTES ? -1 : end.readUInt32BE(end.length - FOOT_BYTES)
  const isSealed = end.subarray(-MARK.length).equals(MARK) && length <= MAX_SEAL_BYTES
  if (!isSealed) throw broken(path)
  if (length + FOOT_BYTES > end.length) end = await readEnd(handle, size, length + FOOT_BYTES)
  const text = end.subarray(end.length - FOOT_BYTES - length, -FOOT_BYTES).toString()
  const { key, bytes, etag, contentType, metadata } = JSON.parse(text) as Seal & {
    bytes: number
    etag: string
  }
  if (bytes + length + FOOT_BYTES !== size) throw broken(path)
  return { key, bytes, etag, contentType, metadata, modifiedAt: mtime.toISOString() }
}

async function readEnd(handle: FileHandle, size: number, most: number): Promise<Buffer> {
  const length = Math.min(size, most)
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length)
  return buffer.subarray(0, bytesRead)
}

function broken(path: string): LedgerError {
  return new LedgerError('unavailable', `${path} is broken: it was cut or changed by something else`)
}
