import { type FileHandle, open, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeFolder } from '../files/make-folder.ts'
import { draftOf } from './folders.ts'
import { syncFolder, writeJson } from './json-file.ts'
import { type Ownership, takeFolder } from './owner.ts'
import type { RunRecord } from './records.ts'

/** A run's folder, with its log to be read and written. */
export interface MadeFolder {
  handle: FileHandle
  owner: Ownership
}

/**
 * Makes the folder of a run, held by this process. It is made beside its place and moved there, so that no flush ever sees half
 * of one. Throws what the file system throws.
 */
export async function makeRunFolder(folder: string, record: RunRecord, now: () => Date): Promise<MadeFolder> {
  await makeFolder(dirname(folder))
  const draft = draftOf(folder)
  try {
    return await makeDraft(draft, folder, record, now)
  } catch (error) {
    await rm(draft, { recursive: true, force: true }).catch(() => {})
    throw error
  }
}

async function makeDraft(draft: string, folder: string, record: RunRecord, now: () => Date) {
  await makeFolder(draft)
  const owner = await takeFolder(draft, now)
  if (!owner) throw new Error(`${draft} is being made by another process`)
  try {
    await writeJson(join(draft, 'run.json'), record, { lasting: true })
    await writeFile(join(draft, RESERVE), Buffer.alloc(RESERVE_BYTES, '.'), { mode: 0o600 }).catch(() => {})
    const handle = await open(join(draft, 'log'), 'wx+', 0o600)
    await rename(draft, folder).catch(async (error) => {
      await handle.close()
      throw error
    })
    owner.folder = folder
    await syncFolder(dirname(folder))
    return { handle, owner }
  } catch (error) {
    owner.stop()
    throw error
  }
}

const RESERVE = 'reserve'
const RESERVE_BYTES = 16 * 1024

/** Makes room for the end of a run on a disk that its log has filled. */
export async function releaseReserve(folder: string): Promise<void> {
  await rm(join(folder, RESERVE), { force: true })
}
