import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a folder, for its owner alone unless told otherwise, and those that are missing above it; what exists keeps its
 * mode. `made` is told of each that was not there. Step by step, because Node's own recursive `mkdir` never comes back where
 * nothing can be made, as below /proc or in a folder that has gone. Throws what the file system throws.
 */
export async function makeFolder(
  path: string,
  { mode = 0o700, made = async () => {} }: { mode?: number; made?: (path: string) => Promise<void> } = {},
): Promise<void> {
  try {
    await makeOne(path, mode, made)
  } catch (error) {
    const above = dirname(path)
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || above === path) throw error
    await makeFolder(above, { mode, made })
    await makeOne(path, mode, made)
  }
}

async function makeOne(path: string, mode: number, made: (path: string) => Promise<void>): Promise<void> {
  try {
    await mkdir(path, { mode })
  } catch (error) {
    const found = await stat(path).catch(() => null)
    if (!found?.isDirectory()) throw error
    return
  }
  await made(path)
}
