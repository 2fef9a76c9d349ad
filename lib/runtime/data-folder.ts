import { randomBytes } from 'node:crypto'
import { link, open, readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ulid } from 'ulid'
import { makeFolder } from '../files/make-folder.ts'
import { toKeyText } from '../ledger/keys/key-text.ts'

/** A folder that only its owner may enter, with what is made once and kept: each when it is first asked for. */
export interface DataFolder {
  path: string
  secret(): Promise<string>
  adminKey(): Promise<string>
  /** Of the embedded database. */
  databasePassword(): Promise<string>
}

/** Opens the folder, making it where it is missing. Two processes that ask at once are given the same secret and key. */
export async function openDataFolder(path: string): Promise<DataFolder> {
  const folder = resolve(path)
  await makeFolder(folder)
  return {
    path: folder,
    secret: () => keptText(join(folder, 'secret'), () => randomBytes(33).toString('base64url')),
    databasePassword: () =>
      keptText(join(folder, 'database-password'), () => randomBytes(24).toString('base64url')),
    adminKey: () =>
      keptText(join(folder, 'admin-key'), () => toKeyText(ulid(), randomBytes(24).toString('base64url'))),
  }
}

/** The file's text; made by the first who asks. It appears whole or not at all, whenever the maker is killed. */
async function keptText(file: string, make: () => string): Promise<string> {
  const found = await readText(file)
  if (found !== null) return found
  const draft = `${file}.${process.pid}`
  const handle = await open(draft, 'w', 0o600)
  try {
    await handle.writeFile(`${make()}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  // Unlike a rename, a link does not replace what another process made meanwhile.
  await link(draft, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await rm(draft)
  const kept = await readText(file)
  if (kept === null) throw new Error(`${file} is empty: delete it, and the next start makes a new one`)
  return kept
}

async function readText(file: string): Promise<string | null> {
  try {
    return (await readFile(file, 'utf8')).trim() || null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
