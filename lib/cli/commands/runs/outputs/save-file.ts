import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, mkdir, open, rename, rm } from 'node:fs/promises'
import { isAbsolute, join, normalize, sep } from 'node:path'
import { makeFolder } from '../../../../files/make-folder.ts'
import { LedgerError } from '../../../../run/errors.ts'

/** Where a file of a run is saved: below `folder`, whatever its path says. Throws `invalid` for a path that would lead out. */
export function placeBelow(folder: string, path: string): string {
  const below = normalize(path)
  const isOut = isAbsolute(below) || below.split(sep).includes('..')
  if (isOut || below !== path.split('/').join(sep) || path.includes('\0') || /(^|\/)\.?(\/|$)/.test(path))
    throw new LedgerError('invalid', `${JSON.stringify(path)} is no path of a file below ${folder}`)
  return join(folder, below)
}

/** Refuses what is there already. Throws `conflict`. */
export async function refuseExisting(file: string): Promise<void> {
  const found = await lstat(file).catch(() => null)
  if (found !== null)
    throw new LedgerError(
      'conflict',
      found.isDirectory()
        ? `${file} is a folder; save it elsewhere (--to)`
        : `${file} is there already; --force overwrites it`,
    )
}

/**
 * Writes a file by another name and gives it its own when all of it is there, so that none is ever half. Makes the folders below
 * `folder`, and goes through no link that leads out of it; only then the body is opened. Throws `conflict` for what is there already, unless `force`.
 */
export async function saveFile(
  { folder, path, force }: { folder: string; path: string; force: boolean },
  openBody: () => Promise<AsyncIterable<Uint8Array>>,
): Promise<string> {
  const file = placeBelow(folder, path)
  try {
    const parent = await makeFolders(folder, path)
    const draft = join(parent, `.runledger-${randomUUID()}`)
    try {
      await write(draft, openBody)
      if (!force) await refuseExisting(file)
      await rename(draft, file)
    } catch (error) {
      await rm(draft, { force: true })
      throw error
    }
    return file
  } catch (error) {
    throw explained(file, error)
  }
}

async function makeFolders(folder: string, path: string): Promise<string> {
  await makeFolder(folder, { mode: 0o777 })
  let at = folder
  for (const segment of path.split('/').slice(0, -1)) {
    at = join(at, segment)
    await mkdir(at).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
    if (!(await lstat(at)).isDirectory())
      throw new LedgerError('conflict', `${at} is no folder, or a link to one: nothing is saved through it`)
  }
  return at
}

async function write(draft: string, openBody: () => Promise<AsyncIterable<Uint8Array>>): Promise<void> {
  const { O_WRONLY, O_CREAT, O_EXCL } = constants
  const handle = await open(draft, O_WRONLY | O_CREAT | O_EXCL, 0o666)
  try {
    for await (const piece of await openBody()) await handle.writeFile(piece)
  } finally {
    await handle.close()
  }
}

/** A file system's error is one of this machine: the sentence says what it was about. */
function explained(file: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException
  if (error instanceof LedgerError || code === undefined) return error
  const why = code === 'ENAMETOOLONG' ? 'its name is too long for this file system' : message.split(',')[0]
  return new LedgerError('invalid', `${file} cannot be saved: ${why}`, { cause: error })
}
