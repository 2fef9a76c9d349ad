import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { z } from 'zod'
import { SPOOL_VERSION } from './records.ts'

/**
 * Writes a file that is there whole or not at all, whenever the writer is killed. `lasting`: also when the machine is.
 * Throws what the file system throws.
 */
export async function writeJson(
  path: string,
  value: object,
  { lasting }: { lasting: boolean },
): Promise<void> {
  const draft = `${path}.new`
  const handle = await open(draft, 'w', 0o600)
  try {
    await handle.writeFile(JSON.stringify(value))
    if (lasting) await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(draft, path)
  if (lasting) await syncFolder(dirname(path))
}

/** What a file holds; else why not: it is missing, its text is not what it should be, or it is of a newer version. */
export async function readJson<T>(path: string, shape: z.ZodType<T>): Promise<T | NotRead> {
  let value: unknown
  try {
    value = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'missing'
    if (error instanceof SyntaxError) return 'torn'
    throw error
  }
  const version = (value as { version?: unknown } | null)?.version
  if (typeof version === 'number' && version > SPOOL_VERSION) return 'newer'
  const parsed = shape.safeParse(value)
  return parsed.success ? parsed.data : 'torn'
}

export type NotRead = 'missing' | 'torn' | 'newer'

/** Makes what was renamed in a folder outlast a power cut; not every file system can. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const handle = await open(path, 'r')
    await handle.sync().finally(() => handle.close())
  } catch {}
}
