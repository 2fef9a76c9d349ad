import { isLedgerError } from '../../run/errors.ts'
import type { OpenVerbs } from '../verbs.ts'
import type { ChildOutcome } from './child-outcome.ts'
import { endOfRun } from './end-of-run.ts'

export interface TrackOptions {
  /** Opens the ledger; may fail for as long as it likes. */
  open: () => Promise<OpenVerbs>
  start: Parameters<OpenVerbs['verbs']['startRun']>[0]
  /** Called once, when somebody asked for the run to be canceled. */
  onCancel: () => void
  warn: (message: string) => void
  beatEveryMs?: number
  progressEveryMs?: number
}

/** Tells the ledger about one running child. Nothing that fails here ever reaches the child. */
export interface RunTracker {
  /** Notes how far the child got; sent with the next heartbeat, every 2 s at most. */
  progress(progress: number, message?: string): void
  /** Tells the end, trying for a few seconds; true when the ledger has it. */
  end(outcome: ChildOutcome): Promise<boolean>
}

const BEAT_EVERY_MS = 20_000
const PROGRESS_EVERY_MS = 2_100
const END_WITHIN_MS = 10_000

/**
 * Starts the run under the caller's own id, again and again until the ledger has it, and keeps it alive. The first failure
 * is told; the rest are silent until it works again or the child has ended.
 */
export function trackRun(options: TrackOptions): RunTracker {
  const { warn, beatEveryMs = BEAT_EVERY_MS, progressEveryMs = PROGRESS_EVERY_MS } = options
  let opened: OpenVerbs | undefined
  let leaseToken: string | undefined
  let refused = false
  let canceled = false
  let ended = false
  let told = ''
  let news: { progress: number; message?: string } | undefined
  let timer: NodeJS.Timeout | undefined
  let inFlight: Promise<void> = Promise.resolve()

  const complain = (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error)
    // What the ledger refuses once it refuses again.
    refused = isLedgerError(error) && error.code !== 'unavailable' && error.code !== 'limited'
    if (message !== told) warn(message)
    told = message
  }
  const started = async () => {
    opened ??= await options.open()
    leaseToken ??= (await opened.verbs.startRun(options.start)).leaseToken
    return { verbs: opened.verbs, leaseToken }
  }
  const beat = async () => {
    const sent = news
    news = undefined
    try {
      const { verbs, leaseToken } = await started()
      const answer = await verbs.heartbeatRun({ leaseToken, ...sent })
      if (answer.cancelRequested && !canceled) {
        canceled = true
        options.onCancel()
      }
    } catch (error) {
      news ??= sent
      complain(error)
    }
  }
  const schedule = (ms: number) => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      inFlight = beat().finally(() => {
        if (!ended && !refused) schedule(news ? progressEveryMs : beatEveryMs)
      })
    }, ms)
  }

  inFlight = started().then(
    () => {
      if (!ended) schedule(news ? progressEveryMs : beatEveryMs)
    },
    (error) => {
      complain(error)
      if (!ended && !refused) schedule(progressEveryMs)
    },
  )
  let lastNewsBeat = 0
  return {
    progress(progress, message) {
      const first = news === undefined
      news = { progress, ...(message === undefined ? {} : { message }) }
      if (first && leaseToken !== undefined && !ended && !refused) {
        const since = performance.now() - lastNewsBeat
        lastNewsBeat = performance.now()
        schedule(Math.max(0, progressEveryMs - since))
      }
    },
    async end(outcome) {
      ended = true
      clearTimeout(timer)
      const within = new Promise<void>((resolve) => setTimeout(resolve, END_WITHIN_MS).unref())
      await Promise.race([inFlight, within])
      if (leaseToken === undefined && refused) return closeAll(false)
      try {
        const { verbs, leaseToken } = await started()
        const { method, report } = endOfRun(outcome, leaseToken)
        await (method === 'succeedRun' ? verbs.succeedRun(report) : verbs.failRun(report))
        return await closeAll(true)
      } catch (error) {
        complain(error)
        return closeAll(false)
      }
    },
  }
  async function closeAll(result: boolean): Promise<boolean> {
    await opened?.close().catch(() => {})
    return result
  }
}
