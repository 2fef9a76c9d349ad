import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import type { OpenVerbs } from '../../client/verbs.ts'
import type { StartRun } from '../../ledger/runs/start-run.ts'
import type { ChildOutcome } from '../../process/child-outcome.ts'
import { endOfRun } from '../../process/end-of-run.ts'
import { type Delivery, deliver } from '../../spool/deliver.ts'
import { listFolders, spoolIn } from '../../spool/folders.ts'
import { openSpool } from '../../spool/open-spool.ts'
import type { RunSpool } from '../../spool/run-spool.ts'
import type { SendOutputs } from '../../spool/send-end.ts'
import type { StatusLine } from '../terminal/status-line.ts'
import { LedgerLink } from './ledger-link.ts'
import { Patience } from './patience.ts'
import type { RunLog } from './run-log.ts'
import type { OutputProgress } from './send-outputs.ts'
import { isFinal, type RunTracker } from './track-run.ts'
import type { Trouble } from './trouble.ts'

export interface RecordingOptions {
  start: StartRun
  home: string
  place: string
  /** Opens the ledger; may fail for as long as it likes. */
  open: () => Promise<OpenVerbs>
  log: RunLog
  tracker: RunTracker
  trouble: Trouble
  warn: (message: string) => void
  now: () => Date
  status: StatusLine
  /** A folder whose files are to be the run's outputs, if there is one in the end. */
  outputs: string | null
  /** What a person types to send what is left. */
  flushCommand: string
}

/** While the command runs it has the machine: a log is sent no faster than this. */
const LIVE_BYTES_PER_SECOND = 2_000_000
const PAUSE_MS = { first: 1_000, longest: 20_000 }
const SOON_MS = 500
/** What takes less is not worth a word. */
const SHOWN_AFTER_MS = 1_000

/**
 * One run on its way to the ledger: kept in the spool first, and delivered from there while its command runs. Nothing that fails
 * here ever reaches the command.
 */
export class Recording {
  readonly #run: RunSpool
  readonly #options: RecordingOptions
  readonly #link: LedgerLink
  readonly #hurry = new AbortController()
  readonly #stop = new AbortController()
  readonly #delivering: Promise<Delivery>
  #patience: Patience | undefined
  #hasStarted = false
  #isOver = false
  #sent = { sentBytes: 0, bytes: 0 }
  #outputs: OutputProgress | undefined

  constructor(options: RecordingOptions) {
    const { home, place, now, start } = options
    this.#options = options
    this.#link = new LedgerLink(options)
    const onFull = (_: string, reason: string) =>
      options.warn(`not all that the command prints can be kept: ${reason}`)
    this.#run = openSpool({ home, place, now, onFull }).begin({ start })
    options.log.openTo(this.#run)
    this.#delivering = this.#deliver()
    // Else V8 would let tens of megabytes of what went through lie, on a machine with memory to spare.
    setFlagsFromString('--semi-space-growth-factor=1')
    // At its end, hours later maybe, another version of these files may have come in their place.
    setTimeout(() => void lastWords().catch(() => {}), SOON_MS).unref()
  }

  /**
   * Says how the command ended, and waits while the rest is delivered: not longer than 10 s without a sign that it is, nor a minute
   * in all. The spool keeps what is left then.
   */
  async end(outcome: ChildOutcome, { hasOutputs }: { hasOutputs: boolean }): Promise<void> {
    const { log, trouble, tracker, status, outputs } = this.#options
    trouble.quieten()
    this.#patience = new Patience({ stop: () => this.#stop.abort(), onLook: (ms) => this.#show(ms) })
    log.end()
    const kept = this.#run.end(endOfRun(outcome, ''), { outputs: hasOutputs ? outputs : null })
    this.#hurry.abort()
    const delivery = await this.#delivering
    this.#patience.end()
    this.#isOver = true
    status.draw(null)
    await kept
    tracker.close()
    if (delivery.result === 'waiting') await this.#run.abandon()
    if (delivery.result !== 'delivered') await this.#tellLast(delivery)
    if (delivery.result !== 'waiting') await this.#sendLeft()
    await this.#link.close()
  }

  /** Leaves the rest to another time. */
  interrupt(): void {
    if (this.#patience) this.#stop.abort()
  }

  async #deliver(): Promise<Delivery> {
    const { home, outputs } = this.#options
    const delivery = await deliver(this.#run, {
      open: this.#link.open,
      signal: this.#stop.signal,
      hurry: this.#hurry.signal,
      pauseMs: PAUSE_MS,
      liveBytesPerSecond: LIVE_BYTES_PER_SECOND,
      onStart: (lease) => {
        this.#hasStarted = true
        this.#link.onStart(lease)
      },
      onTrouble: (error) => this.#noteTrouble(error),
      onProgress: (sent) => {
        this.#sent = sent
        this.#patience?.moved('log')
      },
      ...(outputs === null ? {} : { sendOutputs: await this.#outputSender() }),
    })
    if (delivery.result === 'waiting' && !this.#patience)
      this.#options.trouble.note(new Error(delivery.why), {
        isFinal: true,
        consequence: `the command runs on, and ${spoolIn(home)} keeps its run for: ${this.#options.flushCommand}`,
      })
    return delivery
  }

  #noteTrouble(error: unknown): void {
    const { home, trouble } = this.#options
    const isOver = isFinal(error)
    const consequence = isOver
      ? `the command runs on, unrecorded; what it prints is kept in ${join(spoolIn(home), 'refused')}`
      : 'the command runs on, and the ledger is tried again'
    trouble.note(error, { isFinal: isOver, consequence })
    // A run that the ledger knows is worth waiting for: it would be called lost.
    if (this.#patience && !this.#hasStarted) this.#stop.abort()
  }

  async #outputSender(): Promise<SendOutputs> {
    const { outputSender } = await import('./send-outputs.ts')
    return outputSender(this.#link.open, {
      signal: this.#stop.signal,
      warn: this.#options.warn,
      onProgress: (sent) => {
        this.#outputs = sent
        this.#patience?.moved('outputs')
      },
    })
  }

  async #tellLast(delivery: Delivery): Promise<void> {
    const { home, trouble, tracker, flushCommand, warn } = this.#options
    const { lastWord } = await lastWords()
    const word = lastWord(delivery, {
      trouble,
      isCanceled: tracker.isCanceled,
      hasStarted: this.#hasStarted,
      sent: this.#sent,
      patience: this.#patience,
      flushCommand: existsSync(join(spoolIn(home), delivery.id)) ? flushCommand : null,
    })
    if (word !== null) warn(word)
  }

  async #sendLeft(): Promise<void> {
    const { home, now } = this.#options
    const { opened } = this.#link
    const left = await listFolders(spoolIn(home)).catch(() => [])
    if (!opened || left.length === 0) return
    const { sendLeft } = await import('./send-left.ts')
    await sendLeft({ home, now, opened })
  }

  #show(sinceMs: number): void {
    const { status } = this.#options
    if (sinceMs < SHOWN_AFTER_MS || status.width() === undefined) return
    const what = this.#outputs ? wordsOf(this.#outputs) : 'the log'
    const progress = this.#outputs ?? this.#sent
    void import('../terminal/sending-bar.ts').then(({ sendingBar }) => {
      if (!this.#isOver) sendingBar(status, what, progress)
    })
  }
}

const wordsOf = ({ sentFiles, files }: OutputProgress) => `outputs: ${sentFiles} of ${files} files`

const lastWords = () => import('./last-word.ts')
