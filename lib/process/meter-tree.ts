import { type ProcessInfo, readMemory, readProcess } from './process-table.ts'
import type { ProcessTree } from './process-tree.ts'

export type TreeUsage = { memoryPeakBytes: number | null; cpuSeconds: number | null }

export type TreeMeter = {
  /** To be called in the root's 'exit' event, before anything else can be waited for. */
  rootExited(): void
  /** Takes a last sample and ends the sampling. */
  finish(): Promise<TreeUsage>
}

/**
 * Measures a tree while it runs. Memory is the largest of: the members' RSS together at any sample (shared pages count
 * once for each), and the high-water mark of any one member; null for a child that is through before the first look (the
 * kernel would say, but Node does not ask it). CPU on Linux is what the kernel adds to our own account when the root is
 * waited for, so it is whole however short the child, plus what members outside the root's care showed when last
 * seen; on macOS the sum of what was seen. Both are null where nothing could be seen. Never throws.
 */
export function meterTree(tree: ProcessTree, sampleEveryMs: number): TreeMeter {
  const startedAt = performance.now()
  const strays = new Map<string, number>()
  let reaped: number | null = null
  // Before anything else: the shortest of children are gone when the first look at all processes is over.
  let peak = readMemory(tree.rootPid)?.peakBytes ?? 0
  let timer: NodeJS.Timeout | undefined
  let finished = false
  takeReapedCpu()
  const firstSample = sampleAndSchedule()

  async function sample(options?: { byMarker: boolean }): Promise<ProcessInfo[]> {
    const members = await tree.refresh(options)
    const memory = members.map(memoryOf)
    peak = Math.max(peak, sum(memory.map((one) => one.rssBytes)), ...memory.map((one) => one.peakBytes))
    for (const one of members.filter((one) => isStray(one, members, tree.rootPid))) {
      strays.set(`${one.pid} ${one.startedAtTicks}`, one.cpuSeconds)
    }
    return members
  }

  async function sampleAndSchedule(): Promise<void> {
    const from = performance.now()
    await sample()
    const tookMs = performance.now() - from
    const sinceStart = performance.now() - startedAt
    const early = earlySamplesMs.find((ms) => ms > sinceStart && ms < sampleEveryMs)
    // A machine with thousands of processes is looked at more rarely, so that looking costs 2 % or so.
    const rarely = Math.min(tookMs * 50, longestPauseMs)
    const delay = early === undefined ? Math.max(sampleEveryMs, rarely) : early - sinceStart
    if (!finished) timer = setTimeout(sampleAndSchedule, delay).unref()
  }

  return {
    rootExited() {
      reaped = takeReapedCpu()
    },
    async finish() {
      finished = true
      clearTimeout(timer)
      await firstSample
      const alive = await sample({ byMarker: true })
      const belowStrays = alive.filter((one) => !isStray(one, alive, tree.rootPid))
      const seen = sum([...strays.values(), ...belowStrays.map((one) => one.cpuSeconds)])
      const canSeeCpu = reaped !== null || strays.size > 0
      return {
        memoryPeakBytes: peak < loadedBytes ? null : peak,
        cpuSeconds: canSeeCpu ? Math.round(((reaped ?? 0) + seen) * 1000) / 1000 : null,
      }
    },
  }
}

/**
 * A process caught while its program is being loaded shows some pages (each number up to that of the whole program was seen),
 * which say nothing about it. Once it runs, `true` has 1.1 MB.
 */
const loadedBytes = 1024 * 1024

/** What is slow on a busy machine is not the looking. */
const longestPauseMs = 4_000
const earlySamplesMs = [50, 200, 500]

/**
 * The CPU of children waited for since the last call. Shared by all meters of this process: children that run side by
 * side are waited for one after the other, and each takes the growth that its own end caused.
 */
function takeReapedCpu(): number | null {
  const now = readProcess('self')?.waitedForCpuSeconds
  if (now === undefined) return null
  const growth = now - reapedCpuTaken
  reapedCpuTaken = now
  return growth
}
let reapedCpuTaken = 0

/** Whether nobody in the tree will wait for this one, so that its CPU time reaches no account but its own. */
function isStray(one: ProcessInfo, members: ProcessInfo[], rootPid: number): boolean {
  if (process.platform !== 'linux') return true
  return one.pid !== rootPid && !members.some((other) => other.pid === one.ppid)
}

function memoryOf(one: ProcessInfo): { rssBytes: number; peakBytes: number } {
  if (one.rssBytes !== null) return { rssBytes: one.rssBytes, peakBytes: one.rssBytes }
  return readMemory(one.pid) ?? { rssBytes: 0, peakBytes: 0 }
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
