import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type ProcessInfo, readProcess } from './process-info.ts'

/** How long a starter that got a kill -9 may take to be gone. */
const DYING_MS = 2_000

/** The arguments by which a server is recognised later: its folder, and who started it. */
export function identify(dataDir: string): string[] {
  return ['-D', dataDir, '-c', `runledger.owner=${process.pid}`]
}

/**
 * Makes `dataDir` free to start on: ends, with a clean shutdown, a server whose starter has died. Does nothing when no
 * server runs there.
 *
 * @throws Error when the server there belongs to a process that still lives, was started by something else, or does not end.
 */
export async function endOrphan(dataDir: string): Promise<void> {
  const deadline = Date.now() + DYING_MS
  for (;;) {
    const file = join(dataDir, 'postmaster.pid')
    const content = await readFile(file, 'utf8').catch(() => undefined)
    if (content === undefined) return
    const pid = Number.parseInt(content, 10)

    const server = await readProcess(pid)
    if (!server?.command.includes(` -D ${dataDir} `)) return isTaken(pid) ? forgive(file, content) : undefined
    const owner = Number(/ runledger\.owner=(\d+) /.exec(server.command)?.[1])
    if (owner !== server.parent) return end(pid, dataDir, server, owner)
    if (owner === process.pid || Date.now() > deadline) throw inUse(dataDir, pid, owner)
    await delay(50)
  }
}

function inUse(dataDir: string, pid: number, owner: number): Error {
  return new Error(
    `the database in ${dataDir} is in use: process ${owner} started it (Postgres is process ${pid}) and still runs. ` +
      'Stop that process first, or choose another data folder',
  )
}

function isTaken(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/**
 * Postgres will not start while any process has the number noted in the file, be it a zombie or, after a reboot, a
 * stranger. It makes an exception for its parent, that is for us. Deleting the file instead would also switch off its
 * check that no backend of the old server still writes.
 */
async function forgive(file: string, content: string): Promise<void> {
  await writeFile(file, content.replace(/^-?\d+/, String(process.pid)))
}

async function end(pid: number, dataDir: string, server: ProcessInfo, owner: number): Promise<void> {
  if (Number.isNaN(owner)) {
    throw new Error(
      `the database in ${dataDir} is in use by another program's Postgres (process ${pid}): stop it first`,
    )
  }
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    try {
      process.kill(pid, signal)
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ESRCH') return
      throw new Error(
        `a Postgres left behind (process ${pid}) holds ${dataDir} and belongs to another user`,
        { cause },
      )
    }
    if (await isGone(pid, server)) return
  }
  throw new Error(`a Postgres left behind (process ${pid}) holds ${dataDir} and does not end`)
}

async function isGone(pid: number, { command }: ProcessInfo): Promise<boolean> {
  const deadline = Date.now() + 10_000
  while (Date.now() < deadline) {
    if ((await readProcess(pid))?.command !== command) return true
    await delay(20)
  }
  return false
}
