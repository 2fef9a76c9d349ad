import type { OpenVerbs, Verbs } from '../../client/verbs.ts'
import { NotNow } from '../../spool/asking.ts'
import { messageOf } from '../program/option-names.ts'
import { isFinal, type RunTracker } from './track-run.ts'
import type { Trouble } from './trouble.ts'

export interface LinkOptions {
  /** Opens the ledger; may fail for as long as it likes. */
  open: () => Promise<OpenVerbs>
  tracker: RunTracker
  trouble: Trouble
}

/** The ledger of one command, opened once for all who speak to it. Any answer ends the trouble there was. */
export class LedgerLink {
  readonly #options: LinkOptions
  #opened: OpenVerbs | undefined
  #verbs: Verbs | undefined

  constructor(options: LinkOptions) {
    this.#options = options
  }

  get opened(): OpenVerbs | undefined {
    return this.#opened
  }

  /** The verbs as the delivery calls them. Throws `NotNow` where opening it again would fail again. */
  open = async (): Promise<Verbs> => {
    try {
      this.#opened ??= await this.#options.open()
    } catch (error) {
      throw isFinal(error) ? new NotNow(messageOf(error), { isForAll: true, cause: error }) : error
    }
    this.#verbs ??= this.#heard(this.#opened.verbs)
    return this.#verbs
  }

  /** The run is the ledger's: from now on it is kept alive. */
  onStart = ({ leaseToken }: { leaseToken: string }): void => {
    if (this.#verbs) this.#options.tracker.begin(this.#verbs, leaseToken)
  }

  async close(): Promise<void> {
    await this.#opened?.close().catch(() => {})
  }

  #heard(verbs: Verbs): Verbs {
    const { tracker, trouble } = this.#options
    const heard =
      <Input, Answer>(ask: (input: Input) => Promise<Answer>) =>
      async (input: Input) => {
        const answer = await ask(input)
        trouble.over()
        return answer
      }
    const last =
      <Input, Answer>(tell: (input: Input) => Promise<Answer>) =>
      async (input: Input) => {
        await tracker.tellNews()
        return await tell(input)
      }
    return {
      ...verbs,
      startRun: heard(verbs.startRun),
      appendLog: heard(verbs.appendLog),
      heartbeatRun: heard(verbs.heartbeatRun),
      succeedRun: last(heard(verbs.succeedRun)),
      failRun: last(heard(verbs.failRun)),
    }
  }
}
