import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

export type ProcessInfo = {
  pid: number
  ppid: number
  pgid: number
  /** Null where the platform does not say. */
  sessionId: number | null
  /** Tells this process from a later one with the same pid; empty where the platform does not say. */
  startedAtTicks: string
  isZombie: boolean
  /** On Linux with the children it has waited for; on macOS its own alone. */
  cpuSeconds: number
  /** Null where it has to be asked for one by one (`readMemory`). */
  rssBytes: number | null
}

/**
 * Every process this user may see. On Linux from /proc, without a gap in which things could happen (slim images have
 * no `ps`); on macOS from `ps`; elsewhere, or when neither answers, an empty list. Never throws.
 */
export async function listProcesses(): Promise<ProcessInfo[]> {
  if (process.platform === 'linux') return listFromProc()
  if (process.platform === 'darwin') return await listFromPs()
  return []
}

/** One process from /proc, or null when it is gone or this is not Linux. */
export function readProcess(pid: number | 'self'): (ProcessInfo & LinuxDetails) | null {
  const text = readProc(`${pid}/stat`)
  // The command's name stands in parentheses and may hold spaces and parentheses of its own.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ')
  if (!text || !fields || fields.length < 20) return null
  const at = (field: number) => Number(fields[field - 3])
  return {
    pid: Number.parseInt(text, 10),
    ppid: at(4),
    pgid: at(5),
    sessionId: at(6),
    startedAtTicks: fields[22 - 3] ?? '',
    isZombie: fields[0] === 'Z' || fields[0] === 'X',
    cpuSeconds: (at(14) + at(15) + at(16) + at(17)) / ticksPerSecond,
    rssBytes: null,
    waitedForCpuSeconds: (at(16) + at(17)) / ticksPerSecond,
    terminalGroup: at(8),
  }
}

/** What a Linux process holds now and the most it ever held; null when it is gone, a zombie, or this is not Linux. */
export function readMemory(pid: number): { rssBytes: number; peakBytes: number } | null {
  const status = readProc(`${pid}/status`)
  const kilobytes = (name: string) =>
    Number(status?.match(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm'))?.[1] ?? 0)
  const rssBytes = kilobytes('VmRSS') * 1024
  return rssBytes === 0 ? null : { rssBytes, peakBytes: Math.max(rssBytes, kilobytes('VmHWM') * 1024) }
}

/** Whether a Linux process was started with this `NAME=value` in its environment. */
export function hasInEnvironment(pid: number, variable: string): boolean {
  return readProc(`${pid}/environ`)?.split('\0').includes(variable) ?? false
}

type LinuxDetails = {
  /** CPU of the children that ended and were waited for, and of theirs. */
  waitedForCpuSeconds: number
  /** The process group in the foreground of its terminal; -1 without a terminal. */
  terminalGroup: number
}

const ticksPerSecond = readTicksPerSecond()

function listFromProc(): ProcessInfo[] {
  try {
    const pids = readdirSync('/proc').filter((name) => name.charCodeAt(0) >= 49 && name.charCodeAt(0) <= 57)
    return pids.flatMap((pid) => readProcess(Number(pid)) ?? [])
  } catch {
    return []
  }
}

function listFromPs(): Promise<ProcessInfo[]> {
  const args = ['-axo', 'pid=,ppid=,pgid=,stat=,rss=,time=']
  return new Promise((resolve) => {
    execFile('/bin/ps', args, { maxBuffer: 64 * 1024 * 1024 }, (_error, text) =>
      resolve(text.split('\n').flatMap((line) => parsePsLine(line) ?? [])),
    )
  })
}

/** A line of `ps -axo pid=,ppid=,pgid=,stat=,rss=,time=`; null when it is none. */
export function parsePsLine(line: string): ProcessInfo | null {
  const [pid, ppid, pgid, stat, rss, time] = line.trim().split(/\s+/)
  if (!pid || !ppid || !pgid || !stat || !rss || !time) return null
  const [clock = '', days = '0'] = time.split('-').reverse()
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
  return {
    pid: Number(pid),
    ppid: Number(ppid),
    pgid: Number(pgid),
    sessionId: null,
    startedAtTicks: '',
    isZombie: stat.startsWith('Z'),
    cpuSeconds: Number(days) * 86_400 + seconds,
    rssBytes: Number(rss) * 1024,
  }
}

/** What `getconf CLK_TCK` would say, without a process for it: entry 17 of the auxiliary vector. */
function readTicksPerSecond(): number {
  try {
    const vector = readFileSync('/proc/self/auxv')
    for (let at = 0; at + 16 <= vector.length; at += 16) {
      if (vector.readBigUInt64LE(at) === 17n) return Number(vector.readBigUInt64LE(at + 8)) || 100
    }
  } catch {}
  return 100
}

function readProc(path: string): string | null {
  try {
    return readFileSync(`/proc/${path}`, 'latin1')
  } catch {
    return null
  }
}
