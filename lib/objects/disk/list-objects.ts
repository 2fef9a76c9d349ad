import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ListedObject } from '../../ports/object-store.ts'
import { isLedgerError, LedgerError } from '../../run/errors.ts'
import { codeOf } from './disk-error.ts'
import { inTurns } from './in-turns.ts'
import { folderOf, fromBytes, readName, toBytes, toPrefix } from './key-place.ts'
import type { Layout } from './layout.ts'
import { readSealed, type SealedHead } from './sealed-file.ts'

const MOST = 1000

/** Objects in byte order of their keys. Only those that are answered have their files read, and only folders they are in. */
export async function listObjects(
  { keys: root }: Layout,
  { prefix, startAfter, limit = MOST }: { prefix: string; startAfter?: string; limit?: number },
): Promise<ListedObject[]> {
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST)
    throw new LedgerError('invalid', `a list has 1 to ${MOST} objects, not ${limit}`)
  const wanted = { prefix: toPrefix(prefix), after: startAfter === undefined ? '' : toPrefix(startAfter) }
  const { folders, at } = folderOf(wanted.prefix)
  const listed: ListedObject[] = []
  let files: Found[] = []
  // What is removed between its finding and its reading is left out, and others come in its place.
  const take = async () => {
    const heads = await inTurns(files, readFound)
    for (const head of heads)
      if (head !== null) {
        const { key, bytes, etag, modifiedAt } = head
        listed.push({ key, bytes, etag, modifiedAt })
      }
    files = []
  }
  for await (const file of walk(join(root, ...folders), at, wanted)) {
    files.push(file)
    if (listed.length + files.length < limit) continue
    await take()
    if (listed.length === limit) return listed
  }
  await take()
  return listed
}

interface Wanted {
  prefix: string
  after: string
}

/** The files below a folder whose keys are wanted, in order. Their keys begin with `at`. */
async function* walk(folder: string, at: string, wanted: Wanted): AsyncGenerator<Found> {
  for (const found of await entriesOf(folder, at, wanted)) {
    if (found.isFolder) yield* walk(found.path, found.bytes, wanted)
    else yield found
  }
}

interface Found {
  path: string
  bytes: string
  isFolder: boolean
}

async function entriesOf(folder: string, at: string, wanted: Wanted): Promise<Found[]> {
  const found: Found[] = []
  const long: string[] = []
  for (const name of await namesIn(folder)) {
    const entry = readName(name, at)
    if (entry.kind === 'long') long.push(name)
    else if (entry.kind !== 'foreign' && isWanted(entry.bytes, entry.kind === 'folder', wanted))
      found.push({ path: join(folder, name), bytes: entry.bytes, isFolder: entry.kind === 'folder' })
  }
  await inTurns(long, async (name) => {
    const path = join(folder, name)
    const head = await readSealed(path)
    if (head === null) return
    const bytes = toBytes(head.key)
    if (isWanted(bytes, false, wanted)) found.push({ path, bytes, isFolder: false })
  })
  return found.sort((one, other) => (one.bytes < other.bytes ? -1 : 1))
}

/** A list that left out what is broken would have it forgotten: it is named, and the list ends there. */
async function readFound({ path, bytes }: Found): Promise<SealedHead | null> {
  try {
    return await readSealed(path)
  } catch (error) {
    if (!isLedgerError(error)) throw error
    throw new LedgerError(error.code, `${fromBytes(bytes)} cannot be listed: ${error.message}`, {
      cause: error,
    })
  }
}

/** All keys in a folder begin with its bytes. */
function isWanted(bytes: string, isFolder: boolean, { prefix, after }: Wanted): boolean {
  if (!isFolder) return bytes.startsWith(prefix) && bytes > after
  return (bytes.startsWith(prefix) || prefix.startsWith(bytes)) && (bytes > after || after.startsWith(bytes))
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}
