import { open, readdir, readFile, readlink, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'

/** A folder held by this process until it lets go or ends. */
export interface Ownership {
  /** Where the folder is by now. */
  folder: string
  /** Lets go of the folder, for whoever comes next; without it the end of the process does. */
  release(): Promise<void>
  /** Stops saying that the holder is alive, for a folder that is gone. */
  stop(): void
}

const SIGN_OF_LIFE_MS = 60_000
const LONG_SILENCE_MS = 5 * SIGN_OF_LIFE_MS

/**
 * Takes a folder whose owner is dead or has let go; null where it has a living one, or somebody else was quicker.
 *
 * Its owners are counted: `owner.1`, `owner.2`, … and the last one holds it, unless a `released.n` says that it let go. The
 * next is made only by the one process whose exclusive creation succeeds, and none is ever removed but with the whole
 * folder. So whoever looked before another took it finds the number gone, and a late look can never undo a take.
 */
export async function takeFolder(folder: string, now: () => Date): Promise<Ownership | null> {
  const last = await lastOwner(folder)
  if (last && !last.hasLetGo && (await isAlive(join(folder, last.name), now))) return null
  const name = `owner.${(last?.number ?? 0) + 1}`
  try {
    const handle = await open(join(folder, name), 'wx', 0o600)
    // On a full disk it stays empty, and holds all the same.
    await handle.writeFile(JSON.stringify(await self())).catch(() => {})
    await handle.close()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' || code === 'ENOENT') return null
    throw error
  }
  return hold(folder, name, now)
}

function hold(folder: string, name: string, now: () => Date): Ownership {
  const sign = () => utimes(join(owner.folder, name), now(), now()).catch(() => {})
  const timer = setInterval(() => void sign(), SIGN_OF_LIFE_MS).unref()
  const owner: Ownership = {
    folder,
    stop: () => clearInterval(timer),
    async release() {
      clearInterval(timer)
      const released = join(owner.folder, releaseOf(name))
      await writeFile(released, '', { flag: 'wx', mode: 0o600 }).catch(() => {})
    },
  }
  return owner
}

/** Whether a living process holds the folder. */
export async function isHeld(folder: string, now: () => Date): Promise<boolean> {
  const last = await lastOwner(folder)
  return last !== null && !last.hasLetGo && (await isAlive(join(folder, last.name), now))
}

const releaseOf = (owner: string) => owner.replace('owner', 'released')

async function lastOwner(folder: string) {
  const names = await readdir(folder).catch((): string[] => [])
  const numbers = names.flatMap((name) => /^owner\.(\d+)$/.exec(name)?.[1] ?? []).map(Number)
  if (numbers.length === 0) return null
  const number = Math.max(...numbers)
  const name = `owner.${number}`
  return { name, number, hasLetGo: names.includes(releaseOf(name)) }
}

/**
 * A process of this machine and this view of it is looked up. After a reboot none lives on. Of another machine or container
 * that shares the folder, only its signs of life can be seen.
 */
async function isAlive(file: string, now: () => Date): Promise<boolean> {
  const owner = await readOwner(file)
  const here = await self()
  if (owner && owner.boot === here.boot && owner.processes === here.processes)
    return isSameProcess(owner.pid, owner.startedAt)
  if (owner && owner.host === here.host && owner.boot !== here.boot) return false
  const seen = await stat(file).catch(() => null)
  return seen !== null && now().getTime() - seen.mtimeMs < LONG_SILENCE_MS
}

async function isSameProcess(pid: number, startedAt: string): Promise<boolean> {
  if (process.platform === 'linux') return (await startOf(pid)) === startedAt
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const Owner = z.object({
  pid: z.number(),
  /** Tells it from a later one with the same pid; empty where the platform does not say. */
  startedAt: z.string(),
  host: z.string(),
  /** Of this start of the machine; empty where the platform does not say. */
  boot: z.string(),
  /** The space in which its pid counts. */
  processes: z.string(),
})
type Owner = z.infer<typeof Owner>

async function readOwner(file: string): Promise<Owner | null> {
  try {
    return Owner.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return null
  }
}

let known: Promise<Owner> | undefined

function self(): Promise<Owner> {
  known ??= describeSelf()
  return known
}

async function describeSelf(): Promise<Owner> {
  const [startedAt, boot, processes] = await Promise.all([
    startOf(process.pid),
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    readlink('/proc/self/ns/pid').catch(() => ''),
  ])
  return { pid: process.pid, startedAt: startedAt ?? '', host: hostname(), boot: boot.trim(), processes }
}

/** When a Linux process was started, in ticks since the machine was; null when it is gone or a zombie. */
async function startOf(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => null)
  // The command's name stands in parentheses and may hold spaces and parentheses of its own.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ')
  return !fields || fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null)
}
