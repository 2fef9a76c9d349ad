import { execFile } from 'node:child_process'
import { chown, mkdtemp, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { type Launcher, launch } from './choose-launcher.ts'
import { readProcess } from './process-info.ts'

interface Preparation {
  dataDir: string
  initdb: string
  launcher: Launcher
  durable: boolean
  password: string | undefined
  log: (line: string) => void
}

const ABANDONED_AFTER_MS = 10 * 60_000
const ours = new Set<string>()

/**
 * Leaves at `dataDir` a whole database that the server may open. A new one appears there at once or not at all: it is
 * made in a sibling folder first. What an earlier start left half made is removed.
 *
 * @throws Error when the folder holds something else than a database, or one cannot be made.
 */
export async function prepareDataFolder(preparation: Preparation): Promise<void> {
  const { dataDir, launcher } = preparation
  await removeHalfMade(dataDir)
  const content = await readdir(dataDir).catch((cause: NodeJS.ErrnoException): string[] => {
    if (cause.code === 'ENOENT') return []
    throw new Error(`the data folder ${dataDir} cannot be read: ${cause.message}`, { cause })
  })
  if (content.length === 0) return create(preparation)
  if (!content.includes('PG_VERSION')) {
    throw new Error(
      `the data folder ${dataDir} holds other files and no database: choose an empty or a new folder`,
    )
  }
  await giveTo(launcher, dataDir)
}

async function create(preparation: Preparation): Promise<void> {
  const { dataDir, launcher, durable, log } = preparation
  let draft = ''
  try {
    draft = await mkdtemp(`${dataDir}.init-${process.pid}-`)
    ours.add(basename(draft))
    if (launcher.owner) await chown(draft, launcher.owner.uid, launcher.owner.gid)
    await runInitdb(preparation, draft)
    await rename(draft, dataDir)
    if (durable) await syncFolder(dirname(dataDir))
    log(`created a database in ${dataDir}`)
  } catch (cause) {
    if (draft) await rm(draft, { recursive: true, force: true })
    const { code, message } = cause as NodeJS.ErrnoException
    // Another process was faster, and its database is as good as ours.
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return
    throw new Error(`no database could be made in ${dataDir}: ${message}`, { cause })
  } finally {
    ours.delete(basename(draft))
  }
}

async function runInitdb(
  { launcher, initdb, durable, password }: Preparation,
  folder: string,
): Promise<void> {
  const file = password === undefined ? undefined : await passwordFile(launcher, folder, password)
  const args = ['-D', folder, '-U', 'postgres', '-E', 'UTF8', '--locale=C', '--no-instructions']
  args.push(...(file === undefined ? ['--auth=trust'] : ['--auth=scram-sha-256', `--pwfile=${file}`]))
  const child = launch(launcher, initdb, durable ? args : [...args, '--no-sync'])
  const ended = new Promise<number | string | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code ?? signal))
  })
  const [outcome, said] = await Promise.all([ended, child.stderr ? text(child.stderr) : '']).finally(
    () => file && rm(file, { force: true }),
  )
  if (outcome !== 0) throw new Error(`initdb ended with ${outcome}: ${said.trim()}`)
}

/** Beside the folder, which has to be empty, and by a name that a later start clears away. */
async function passwordFile({ owner }: Launcher, folder: string, password: string): Promise<string> {
  const file = `${folder}.password`
  await writeFile(file, `${password}\n`, { mode: 0o600, flag: 'wx' })
  if (owner) await chown(file, owner.uid, owner.gid)
  return file
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder)
  await handle.sync().finally(() => handle.close())
}

/** The way to run as root may differ from the last time, and with it the user. */
async function giveTo({ owner }: Launcher, dataDir: string): Promise<void> {
  if (!owner || (await stat(dataDir)).uid === owner.uid) return
  await promisify(execFile)('chown', ['-R', `${owner.uid}:${owner.gid}`, dataDir], {
    env: { PATH: '/usr/sbin:/usr/bin:/bin' },
  })
}

async function removeHalfMade(dataDir: string): Promise<void> {
  const start = `${basename(dataDir)}.init-`
  for (const name of await readdir(dirname(dataDir))) {
    if (!name.startsWith(start) || ours.has(name)) continue
    const draft = join(dirname(dataDir), name)
    if (await isBeingMade(draft, Number.parseInt(name.slice(start.length), 10))) continue
    // An initdb whose starter was killed may still be writing: try again, and leave the rest to the next start.
    await rm(draft, { recursive: true, force: true, maxRetries: 10 }).catch(() => {})
  }
}

async function isBeingMade(draft: string, maker: number): Promise<boolean> {
  if (maker === process.pid || !(await readProcess(maker))) return false
  const found = await stat(draft).catch(() => undefined)
  return found !== undefined && Date.now() - found.mtimeMs < ABANDONED_AFTER_MS
}
