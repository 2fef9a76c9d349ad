import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeTemporaryFolder } from './temporary-folder.ts'

const ALL = join(import.meta.dirname, '../../drizzle')

/** A folder with the first so many migrations, as an earlier program had them; whoever asks removes it. */
export async function copyFirstMigrations(engine: string, count: number): Promise<string> {
  const folder = await makeTemporaryFolder()
  await cp(join(ALL, engine), folder, { recursive: true })
  const path = join(folder, 'meta', '_journal.json')
  const journal = JSON.parse(await readFile(path, 'utf8'))
  await writeFile(path, JSON.stringify({ ...journal, entries: journal.entries.slice(0, count) }))
  return folder
}
