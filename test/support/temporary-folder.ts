import { access, chmod, constants, mkdtemp, readdir, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readProcess } from '../../lib/runtime/postgres-server/process-info.ts'

const MEMORY = '/dev/shm'
const ENOUGH_BYTES = 2 * 2 ** 30
const PREFIX = 'runledger-test-'

/**
 * A new folder for databases, in memory where there is room (making one is up to 20 times as fast there). Others may enter
 * it: as root, Postgres runs as nobody. Programs may refuse to run from it. The caller removes it; what a killed run
 * could not remove, the next one does.
 */
export async function makeTemporaryFolder(): Promise<string> {
  const parent = (await hasRoom()) ? MEMORY : tmpdir()
  await removeAbandoned(parent)
  const folder = await mkdtemp(join(parent, `${PREFIX}${process.pid}-`))
  await chmod(folder, 0o755)
  return folder
}

async function hasRoom(): Promise<boolean> {
  try {
    await access(MEMORY, constants.W_OK)
    const { bavail, bsize } = await statfs(MEMORY)
    return bavail * bsize > ENOUGH_BYTES
  } catch {
    return false
  }
}

async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(PREFIX)) continue
    if (await readProcess(Number.parseInt(name.slice(PREFIX.length), 10))) continue
    await rm(join(parent, name), { recursive: true, force: true }).catch(() => {})
  }
}
