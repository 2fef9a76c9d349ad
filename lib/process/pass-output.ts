import type { Readable, Writable } from 'node:stream'

export type OutputFlow = {
  /** Resolves when the source has ended and all of it was handed on. */
  ended: Promise<void>
  /** True while the sink takes no more. */
  isBlocked(): boolean
  /** How many chunks have come so far. */
  chunks(): number
  /** Resolves when the sink has written what it was handed, or is broken. */
  flushed(): Promise<void>
  /** Takes nothing more from the source. */
  stop(): void
}

type OnChunk = (chunk: Buffer) => Promise<void> | undefined

/**
 * Hands bytes on as they come, no faster than the sink takes them. A sink that breaks (EPIPE of `| head`, a full disk)
 * is left alone from then on, while the source is still read to its end, so that its writer neither dies nor stalls.
 * The sink is never ended. `onChunk` sees every chunk; a promise it gives back is waited for before the next.
 */
export function passOutput(source: Readable, sink: Writable, onChunk: OnChunk): OutputFlow {
  let isBroken = sink.destroyed || sink.writableEnded
  let isBlocked = false
  let isHeld = false
  let chunks = 0

  const resume = () => {
    isBlocked = false
    if (!isHeld) source.resume()
  }
  const hold = (until: Promise<void>) => {
    isHeld = true
    source.pause()
    const release = () => {
      isHeld = false
      if (!isBlocked) source.resume()
    }
    until.then(release, release)
  }
  const giveUp = () => {
    isBroken = true
    resume()
  }
  sink.on('drain', resume).on('error', giveUp).on('close', giveUp)

  source.on('data', (chunk: Buffer) => {
    chunks++
    const until = onChunk(chunk)
    if (until) hold(until)
    if (isBroken || sink.write(chunk)) return
    isBlocked = !isBroken
    if (isBlocked) source.pause()
  })
  const ended = new Promise<void>((resolve) => {
    source.once('end', resolve).once('close', resolve).on('error', resolve)
  })

  async function flushed(): Promise<void> {
    if (!isBroken && sink.writableLength > 0) await new Promise<void>((done) => sink.write('', () => done()))
    // Only now: an EPIPE that comes late, with nobody listening, would end us.
    sink.off('drain', resume).off('error', giveUp).off('close', giveUp)
  }

  return {
    ended,
    isBlocked: () => isBlocked || isHeld,
    chunks: () => chunks,
    flushed,
    stop: () => source.destroy(),
  }
}

/**
 * Resolves when all flows have ended, or have been quiet for 200 ms (2 s if they never are): a daemon left behind may
 * hold the pipe open for ever. Time in which a sink takes nothing does not count.
 */
export function settleOutput(flows: OutputFlow[]): Promise<void> {
  return new Promise((resolve) => {
    let ticks = 0
    let quietTicks = 0
    let chunksSeen = -1
    // Counted in turns of the loop, not on the clock: what waits in the pipe is read between two of them.
    const timer = setInterval(() => {
      if (flows.some((flow) => flow.isBlocked())) return
      const chunks = flows.reduce((sum, flow) => sum + flow.chunks(), 0)
      quietTicks = chunks === chunksSeen ? quietTicks + 1 : 0
      chunksSeen = chunks
      if (quietTicks >= 10 || ++ticks >= 100) stop()
    }, 20)
    const stop = () => {
      clearInterval(timer)
      resolve()
    }
    Promise.all(flows.map((flow) => flow.ended)).then(stop)
  })
}
