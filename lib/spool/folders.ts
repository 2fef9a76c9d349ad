import { readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { makeFolder } from '../files/make-folder.ts'
import type { RunRecord } from './records.ts'

/** Where the spool is in the home folder. */
export const spoolIn = (home: string) => join(home, 'spool')

/** A run has one folder; a claimed one has one for each attempt. */
export const folderName = ({ id, lease }: Pick<RunRecord, 'id' | 'lease'>) =>
  lease === null ? id : `${id}.${lease.fence}`

/** Not yet, or no longer, a run's folder. */
export const draftOf = (folder: string) => join(dirname(folder), `.new-${basename(folder)}`)

const NAME = /^[0-7][0-9A-HJKMNP-TV-Z]{25}(\.\d+)?$/

/** The folders of runs, in the order in which the runs' ids were made. */
export async function listFolders(spool: string): Promise<string[]> {
  const names = await namesIn(spool)
  return names
    .filter((name) => NAME.test(name))
    .sort(byRunAndFence)
    .map((name) => join(spool, name))
}

function byRunAndFence(a: string, b: string): number {
  const [idA = '', fenceA = '1'] = a.split('.')
  const [idB = '', fenceB = '1'] = b.split('.')
  return idA === idB ? Number(fenceA) - Number(fenceB) : idA < idB ? -1 : 1
}

/** Removes a folder that we hold. For others it is gone at once, also where we are killed half-way. */
export async function removeFolder(folder: string): Promise<void> {
  const gone = join(dirname(folder), `.gone-${basename(folder)}-${process.pid}`)
  await rm(gone, { recursive: true, force: true })
  await rename(folder, gone)
  await rm(gone, { recursive: true, force: true })
}

/** Puts a folder that we hold where it is not tried again, with the reason; gives back where that is. */
export async function putAside(folder: string, why: string): Promise<string> {
  const refused = join(dirname(folder), 'refused')
  await makeFolder(refused)
  await writeFile(join(folder, 'why.txt'), `${why}\n`, { mode: 0o600 }).catch(() => {})
  for (let n = 1; ; n++) {
    const aside = join(refused, n === 1 ? basename(folder) : `${basename(folder)}~${n}`)
    try {
      await rename(folder, aside)
      return aside
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
    }
  }
}

const FORGOTTEN_MS = 60 * 60_000

/** Removes what killed processes had begun to make or to remove. */
export async function sweepSpool(spool: string, now: () => Date): Promise<void> {
  for (const name of await namesIn(spool)) {
    const path = join(spool, name)
    if (name.startsWith('.new-') && !(await isForgotten(path, now))) continue
    if (name.startsWith('.new-') || name.startsWith('.gone-'))
      await rm(path, { recursive: true, force: true }).catch(() => {})
  }
}

/** To make a folder takes no time to speak of. */
async function isForgotten(path: string, now: () => Date): Promise<boolean> {
  const found = await stat(path).catch(() => null)
  return found !== null && now().getTime() - found.mtimeMs > FORGOTTEN_MS
}

async function namesIn(spool: string): Promise<string[]> {
  try {
    return await readdir(spool)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
