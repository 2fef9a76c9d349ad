import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

export interface ProcessInfo {
  parent: number
  /** Program and arguments, with spaces between. */
  command: string
}

/**
 * What runs under `pid`, or undefined when nothing does. A zombie is nothing, although it still answers to signals.
 *
 * @throws Error when the system does not tell.
 */
export function readProcess(pid: number): Promise<ProcessInfo | undefined> {
  return process.platform === 'linux' ? readProc(pid) : askPs(pid)
}

async function readProc(pid: number): Promise<ProcessInfo | undefined> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(unlessGone)
  // The name in parentheses may itself hold spaces and parentheses: read on from the last one.
  const [state, parent] = status.slice(status.lastIndexOf(')') + 2).split(' ')
  if (!state || state === 'Z' || state === 'X') return undefined
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(unlessGone)
  return { parent: Number(parent), command: command.replaceAll('\0', ' ') }
}

function unlessGone(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT' || error.code === 'ESRCH') return ''
  throw error
}

async function askPs(pid: number): Promise<ProcessInfo | undefined> {
  const asked = promisify(execFile)('ps', ['-ww', '-o', 'ppid=,stat=,command=', '-p', String(pid)])
  const { stdout } = await asked.catch((error: Error & { code?: unknown }) => {
    if (error.code === 1) return { stdout: '' }
    throw error
  })
  const [, parent, state, command] = /^\s*(\d+)\s+(\S+)\s+(.*)$/m.exec(stdout) ?? []
  if (command === undefined || state?.startsWith('Z')) return undefined
  return { parent: Number(parent), command: `${command} ` }
}
