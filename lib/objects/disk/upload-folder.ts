import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { StoredPart, Upload } from '../../ports/object-store.ts'
import { LedgerError } from '../../run/errors.ts'
import { codeOf } from './disk-error.ts'
import { inTurns } from './in-turns.ts'
import type { Layout } from './layout.ts'
import { readSealed, type Seal, type SealedHead, writeSealed } from './sealed-file.ts'
import { syncFolder } from './sync-folder.ts'

/** What an upload is for: an object without bytes, which has the key, type and metadata of the one to come. */
const ABOUT = 'about'
const PART = '.part'
const MAX_PARTS = 10_000
const ID = /^[0-9a-f-]{36}$/

/** Makes the folder of a new upload, whole or not at all, and says by what id. */
export async function makeUpload({ draft, uploads }: Layout, seal: Seal): Promise<string> {
  const [made, uploadId] = [draft(), crypto.randomUUID()]
  await mkdir(made, { mode: 0o700 })
  try {
    await writeSealed(join(made, ABOUT), [], seal)
    await syncFolder(made)
    await rename(made, join(uploads, uploadId))
  } catch (error) {
    await rm(made, { recursive: true, force: true })
    throw error
  }
  await syncFolder(uploads)
  return uploadId
}

/** What the upload is for, and its folder. Throws `not_found` for one that has ended or was never begun. */
export async function findUpload(
  layout: Layout,
  { key, uploadId }: Upload,
): Promise<{ about: SealedHead; folder: string }> {
  const folder = join(layout.uploads, uploadId)
  const about = ID.test(uploadId) ? await readSealed(join(folder, ABOUT)) : null
  if (about?.key === key) return { about, folder }
  throw uploadEnded(key)
}

export function uploadEnded(key: string): LedgerError {
  return new LedgerError('not_found', `there is no such upload of ${key}: it has ended, or was never begun`)
}

/** Every open upload and what it is for. */
export async function openUploads({ uploads }: Layout): Promise<(SealedHead & { uploadId: string })[]> {
  const ids = (await readdir(uploads)).filter((name) => ID.test(name))
  const found = await inTurns(ids, async (uploadId) => {
    const about = await readSealed(join(uploads, uploadId, ABOUT))
    return about && { ...about, uploadId }
  })
  return found.filter((about) => about !== null)
}

/** The file of a part. Throws `invalid` for a number that no part has. */
export function partFile(folder: string, number: number): string {
  if (Number.isInteger(number) && number >= 1 && number <= MAX_PARTS) return join(folder, `${number}${PART}`)
  throw new LedgerError('invalid', `parts are numbered from 1 to ${MAX_PARTS}, not ${number}`)
}

/** The parts that are there, in order. */
export async function partsIn(folder: string, key: string): Promise<StoredPart[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw codeOf(error) === 'ENOENT' ? uploadEnded(key) : error
  })
  const numbers = names.filter((name) => name.endsWith(PART)).map((name) => Number.parseInt(name, 10))
  const parts = await inTurns(
    numbers.sort((one, other) => one - other),
    async (number) => {
      const head = await readSealed(partFile(folder, number))
      return head && { number, etag: head.etag, bytes: head.bytes }
    },
  )
  return parts.filter((part) => part !== null)
}
