import { isLedgerError, LedgerError } from '../run/errors.ts'
import { type Asking, NotNow } from './asking.ts'
import type { Lease } from './lease.ts'
import { livePatience } from './live-patience.ts'
import type { Spooled } from './spooled.ts'
import { Throttle } from './throttle.ts'

export interface LogPace {
  /** How long the first line of a chunk waits for more, while the run goes on: at first. Default 1 s, later up to 5 s. */
  patienceMs?: number
  /** No more than this in a second (a line at least) while the run goes on, which is to have the machine. Default: no limit. */
  liveBytesPerSecond?: number
  /** Keeps the lease alive from chunk to chunk; for a run that nobody else sees to. */
  beats?: boolean
  onProgress?: (progress: { id: string; sentBytes: number; bytes: number }) => void
}

/** What delivers one run. */
export interface Sending {
  asking: Asking
  lease: Lease
  pace: LogPace
}

/** So much is sent at once, without waiting for more. */
const LIVE_BYTES = 1024 * 1024
const CHUNK_BYTES = 1.5 * LIVE_BYTES
/** A line has 64 KB at most. */
const LEAST_CHUNK_BYTES = LIVE_BYTES / 8
const BEAT_MS = 15_000
const NOTHING = Buffer.alloc(0)

/**
 * Sends what the ledger does not have of a log, and follows it until it has ended. `closed`: the ledger takes no more of it.
 * Throws as `ask` does.
 */
export async function sendLog(spooled: Spooled, sending: Sending): Promise<'whole' | 'closed'> {
  const { log, record } = spooled
  const { pace } = sending
  let chunkBytes = CHUNK_BYTES
  let stepsBack = 0
  let chunks = 0
  let beatAt = performance.now()
  const throttle = new Throttle(spooled, sending.asking, pace.liveBytesPerSecond)
  // What was sent at another time may be gone: a ledger can be set back, too. A chunk of nothing asks.
  let isSure = spooled.sent.offset === 0
  for (;;) {
    const offset = spooled.sent.offset
    await untilWorthSending(spooled, sending, livePatience(pace.patienceMs ?? 1_000, chunks))
    await throttle.wait()
    const isAtEnd = offset >= log.length
    if (isAtEnd && isSure) return 'whole'
    const bytes = isAtEnd ? NOTHING : await nextChunk(spooled, Math.min(chunkBytes, throttle.mostBytes()))
    const answer = await append(spooled, sending, bytes)
    if (answer === 'closed') return answer
    if (answer === 'smaller') {
      chunkBytes /= 2
      continue
    }
    isSure = true
    chunks++
    throttle.sent(bytes.length)
    if (answer.nextOffset < offset && ++stepsBack > MOST_STEPS_BACK)
      throw otherLog(record.id, answer.nextOffset)
    if (answer.nextOffset !== offset + bytes.length) await mustBeOurs(spooled, answer.nextOffset)
    await spooled.saveSent({ offset: answer.nextOffset })
    pace.onProgress?.({ id: record.id, sentBytes: answer.nextOffset, bytes: log.length })
    if (pace.beats && performance.now() - beatAt > BEAT_MS) {
      beatAt = performance.now()
      await beat(record.id, sending)
    }
  }
}

/** Waits until there is a chunk, or some of one for as long as a reader may be kept waiting, or the end. */
async function untilWorthSending(
  { log, sent }: Spooled,
  { asking }: Sending,
  patienceMs: number,
): Promise<void> {
  const patience = Promise.withResolvers<void>()
  let timer: NodeJS.Timeout | undefined
  let isOver = false
  try {
    while (!isOver && log.state !== 'whole' && log.length - sent.offset < LIVE_BYTES) {
      if (log.state === 'abandoned') throw new NotNow('it was given up here', { isForAll: false })
      const change = log.changed()
      if (log.length > sent.offset)
        timer ??= setTimeout(() => {
          isOver = true
          patience.resolve()
        }, patienceMs)
      await asking.unlessAborted(Promise.race([change, patience.promise]))
    }
  } finally {
    clearTimeout(timer)
  }
}

/** Up to so many bytes from where the ledger goes on, to the end of a line. */
async function nextChunk({ log, sent }: Spooled, chunkBytes: number): Promise<Buffer> {
  const there = log.length - sent.offset
  const bytes = await log.read(sent.offset, Math.min(there, chunkBytes))
  const lineEnd = bytes.lastIndexOf('\n') + 1
  return lineEnd === 0 || there <= chunkBytes ? bytes : bytes.subarray(0, lineEnd)
}

async function append(spooled: Spooled, { lease }: Sending, bytes: Buffer) {
  const { id } = spooled.record
  const { offset } = spooled.sent
  try {
    return await lease.ask(async (verbs, leaseToken) => {
      try {
        return await verbs.appendLog({ id, leaseToken, offset, bytes })
      } catch (error) {
        throw meaningOf(error, offset)
      }
    })
  } catch (error) {
    if (!isLedgerError(error)) throw error
    if (error.code === 'lease_lost') return 'closed'
    if (error.code === 'too_large' && bytes.length > LEAST_CHUNK_BYTES) return 'smaller'
    if (error.code !== 'conflict' || error.expectedOffset === undefined) throw error
    return { nextOffset: error.expectedOffset }
  }
}

function meaningOf(error: unknown, offset: number): unknown {
  // Another delivery was before us, and its chunk is still being written.
  if (isLedgerError(error) && error.expectedOffset === offset)
    return new LedgerError('unavailable', error.message, { cause: error })
  // A proxy may take less than the ledger does.
  if ((error as { httpStatus?: unknown }).httpStatus === 413)
    return new LedgerError('too_large', (error as Error).message, { cause: error })
  return error
}

/**
 * The ledger's word counts, also after it was set back: from there the log goes on, provided that a line begins there. What it
 * has beyond our end was lost here with the power.
 */
async function mustBeOurs({ record, log }: Spooled, nextOffset: number): Promise<void> {
  if (nextOffset === 0 || (nextOffset >= log.length && log.state === 'whole')) return
  const before = nextOffset > log.length ? null : await log.read(nextOffset - 1, 1)
  if (before?.toString('latin1') !== '\n') throw otherLog(record.id, nextOffset)
}

const MOST_STEPS_BACK = 5

function otherLog(id: string, offset: number): LedgerError {
  return new LedgerError(
    'conflict',
    `the ledger goes on with the log of run ${id} at ${offset}, where no line of this one begins: it has another log of that run`,
  )
}

async function beat(id: string, { lease }: Sending): Promise<void> {
  const leaseToken = await lease.token()
  // A run that was called lost takes its log and its end all the same.
  await lease.ask((verbs) => verbs.heartbeatRun({ id, leaseToken }).catch(() => {}))
}
