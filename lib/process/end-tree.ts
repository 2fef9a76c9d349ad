import { setTimeout as sleep } from 'node:timers/promises'
import type { ProcessInfo } from './process-table.ts'
import type { ProcessTree } from './process-tree.ts'

/**
 * Asks a whole tree to end (SIGTERM) and after `graceMs` ends what is left (SIGKILL), wherever it went. What a member
 * starts during the grace, to clean up, is not asked but is ended too. Resolves when nothing is left, or 2 s after the
 * first SIGKILL (a process stuck in the kernel, or another user's). Never rejects.
 */
export async function endTree(tree: ProcessTree, options: EndTreeOptions): Promise<void> {
  const members = await tree.refresh({ byMarker: true })
  signalTree(tree, members, 'SIGTERM', options)
  // A stopped process hears nothing but this.
  signalTree(tree, members, 'SIGCONT', options)

  const deadline = performance.now() + options.graceMs
  for (;;) {
    const left = deadline - performance.now()
    if (left <= 0) break
    await sleep(Math.min(left, pollMs))
    if ((await tree.refresh()).length > 0 || !options.hasRootExited()) continue
    // One that was started while the first were looked for, and left at once, is known by its marker alone.
    if ((await tree.refresh({ byMarker: true })).length === 0) return
  }

  await killTree(tree, options)
}

/** The last part of it alone: SIGKILL for every member, sent at once. */
export async function killTree(
  tree: ProcessTree,
  options: Pick<EndTreeOptions, 'hasRootExited'>,
): Promise<void> {
  for (let tries = 0; tries < 2000 / pollMs; tries++) {
    const rest = await tree.refresh({ byMarker: true })
    if (rest.length === 0 && options.hasRootExited()) return
    signalTree(tree, rest, 'SIGKILL', options)
    await sleep(pollMs)
  }
}

type EndTreeOptions = { graceMs: number; hasRootExited: () => boolean }

const pollMs = 50

/** Each member once: those in the root's own group by one signal to the group, which no fork can slip past. */
function signalTree(
  tree: ProcessTree,
  members: ProcessInfo[],
  signal: NodeJS.Signals,
  { hasRootExited }: Pick<EndTreeOptions, 'hasRootExited'>,
): void {
  const root = members.find((one) => one.pid === tree.rootPid)
  const isGroupOurs = tree.ownsGroup && (!hasRootExited() || members.some((one) => one.pgid === tree.rootPid))
  if (isGroupOurs) sendSignal(-tree.rootPid, signal)
  else if (!root && !hasRootExited()) sendSignal(tree.rootPid, signal)
  for (const one of members) {
    if (!(isGroupOurs && one.pgid === tree.rootPid)) sendSignal(one.pid, signal)
  }
}

/** Sends a signal to a process, or to a group by its negative number; false when there is nobody or it is not allowed. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}
