import { hasInEnvironment, listProcesses, type ProcessInfo, readProcess } from './process-table.ts'

export type ProcessTree = {
  rootPid: number
  /** Whether the root leads a session and a process group of its own. */
  ownsGroup: boolean
  /**
   * The members alive now. With `byMarker`, also those that left without a trace but still carry the marker in their
   * environment (a look into every process, so not for each second).
   */
  refresh(options?: { byMarker?: boolean }): Promise<ProcessInfo[]>
}

/**
 * Follows a process and all that comes from it. Once seen, a member stays one: parents die, and their children are
 * handed to init or start sessions of their own. A pid that has passed to a stranger is told by its start time (not on
 * macOS, where `ps` does not say). Never throws; an empty list where processes cannot be listed.
 */
export function trackTree(options: {
  rootPid: number
  ownsGroup: boolean
  marker?: string | undefined
}): ProcessTree {
  const { rootPid, ownsGroup, marker } = options
  const known = new Map<number, string>([[rootPid, readProcess(rootPid)?.startedAtTicks ?? '']])

  async function refresh({ byMarker = false } = {}): Promise<ProcessInfo[]> {
    const all = await listProcesses()
    const isMember = (one: ProcessInfo) =>
      known.get(one.pid) === one.startedAtTicks ||
      (ownsGroup && (one.sessionId === rootPid || one.pgid === rootPid)) ||
      (byMarker && marker !== undefined && one.pid !== process.pid && hasInEnvironment(one.pid, marker))
    const members = withDescendants(all.filter(isMember), all)
    known.clear()
    for (const one of members) known.set(one.pid, one.startedAtTicks)
    return members.filter((one) => !one.isZombie)
  }

  return { rootPid, ownsGroup, refresh }
}

/** The given processes and everything below them, each once. */
function withDescendants(roots: ProcessInfo[], all: ProcessInfo[]): ProcessInfo[] {
  const childrenOf = Map.groupBy(all, (one) => one.ppid)
  const found = new Set(roots)
  // A set gives out what is added to it while it is being walked.
  for (const one of found) for (const child of childrenOf.get(one.pid) ?? []) found.add(child)
  return [...found]
}
