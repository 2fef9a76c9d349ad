import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ChildOutcome, RunChildOptions, RunningChild } from './child-outcome.ts'
import { endTree, killTree, sendSignal } from './end-tree.ts'
import { meterTree } from './meter-tree.ts'
import { type OutputFlow, passOutput, settleOutput } from './pass-output.ts'
import { isFromTerminal, type SignalPassing } from './pass-signals.ts'
import { trackTree } from './process-tree.ts'
import { longestTimerMs, runAfter } from './run-after.ts'
import { splitLines } from './split-lines.ts'

/** Stays with a child that was just started, until it and its output have ended. */
export function superviseChild(child: ChildProcess, pid: number, setting: Setting): RunningChild {
  const { options, ownsGroup, signals, startedAt, startedClock } = setting
  const graceMs = options.graceMs ?? 10_000
  const tree = trackTree({ rootPid: pid, ownsGroup, marker: options.marker })
  const meter = meterTree(tree, options.sampleEveryMs ?? 1000)
  const hurry = Promise.withResolvers<void>()
  let hasExited = false
  let passedSignal: NodeJS.Signals | null = null
  let ending: { by: 'timeout' | 'canceled'; done: Promise<void> } | null = null

  function end(by: 'timeout' | 'canceled'): void {
    if (!hasExited) ending ??= { by, done: endTree(tree, { graceMs, hasRootExited: () => hasExited }) }
  }

  function kill(): void {
    if (hasExited && ending === null) return
    const killed = killTree(tree, { hasRootExited: () => hasExited })
    ending ??= { by: 'canceled', done: killed }
  }

  signals.to((signal) => {
    // With the child gone there is only our reader left to wait for, and the user has had enough of that.
    if (hasExited) {
      hurry.resolve()
      return
    }
    passedSignal = signal
    if (ownsGroup) sendSignal(-pid, signal)
    else if (!isFromTerminal(signal)) sendSignal(pid, signal)
  })

  harmlessly(() => options.onStart?.({ pid, startedAt }))
  const flows = startFlows(child, options)
  const timeout = options.timeoutMs === undefined ? null : runAfter(options.timeoutMs, () => end('timeout'))

  async function untilDone(): Promise<ChildOutcome> {
    const { code, signal } = await new Promise<Exit>((resolve) => {
      child.once('exit', (code, signal) => {
        hasExited = true
        meter.rootExited()
        resolve({ code, signal })
      })
    })
    const finishedAt = options.now()
    const durationMs = Math.round(performance.now() - startedClock)
    timeout?.cancel()
    await ending?.done
    // A reader that has stalled may hold up a child that is through, but not the word that it was ended.
    const patience = ending
      ? [hurry.promise, sleep(Math.min(graceMs, longestTimerMs), undefined, { ref: false })]
      : [hurry.promise]
    await Promise.race([settleOutput(flows), ...patience])
    for (const flow of flows) flow.stop()
    const usage = await meter.finish()
    await Promise.race([Promise.all(flows.map((flow) => flow.flushed())), ...patience])
    signals.stop()
    const exitCode = code ?? 128 + (signal ? constants.signals[signal] : 0)
    const bySignal = signal !== null || (passedSignal !== null && exitCode !== 0)
    const endedBy = ending?.by ?? (bySignal ? 'signal' : 'itself')
    return { exitCode, signal, endedBy, passedSignal, startedAt, finishedAt, durationMs, ...usage }
  }

  return { pid, cancel: () => end('canceled'), kill, done: untilDone() }
}

type Setting = {
  options: RunChildOptions
  ownsGroup: boolean
  signals: SignalPassing
  startedAt: Date
  /** The same instant on the monotonic clock. */
  startedClock: number
}
type Exit = { code: number | null; signal: NodeJS.Signals | null }

function startFlows(child: ChildProcess, options: RunChildOptions): OutputFlow[] {
  return (['stdout', 'stderr'] as const).flatMap((name) => {
    const source = child[name]
    if (!source) return []
    const lines = splitLines((line) => harmlessly(() => options.onLine?.(line, name)))
    const flow = passOutput(source, options[name] ?? process[name], (chunk) => {
      if (options.onLine) lines.push(chunk)
      return harmlessly(() => options.onOutput?.(chunk, name))
    })
    flow.ended.then(lines.end)
    return { ...flow, stop: () => [flow.stop(), lines.end()] }
  })
}

/** Whatever fails in a listener, the child runs on and its exit code stands. */
function harmlessly<T>(listen: () => T): T | undefined {
  try {
    return listen()
  } catch {
    return undefined
  }
}
