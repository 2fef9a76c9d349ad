import type { StoragePosition } from '../../ports/archive-store.ts'
import type { SweepOutcome } from '../../ports/sweep-store.ts'
import type { Run } from '../../run/run.ts'
import type { SweepError } from '../../run/sweep.ts'
import type { ResumedStorage } from './resume-storage.ts'

const MOST_ERRORS = 100

/** What a pass has archived so far. */
export class ArchiveTally {
  archived = 0
  failed = 0
  isPaused = false
  #resumed = 0
  #before = 0
  #after = 0
  readonly #errors: SweepError[] = []

  resumed({ resumed, errors }: ResumedStorage): void {
    this.#resumed = resumed
    for (const { item, message } of errors) this.wrong(item, message)
  }

  /** One that was taken in hand: through, or to be gone on with. */
  done({ storageState, logBytes, outputBytes, archiveBytes }: Run): void {
    if (storageState !== 'archived') {
      this.isPaused = true
      return
    }
    this.archived++
    this.#before += logBytes + outputBytes
    this.#after += archiveBytes ?? 0
  }

  /** Each is counted; those that are named are bounded. */
  wrong(item: string | null, message: string): void {
    this.failed++
    if (this.#errors.length < MOST_ERRORS) this.#errors.push({ item, message })
  }

  outcome({
    left,
    more,
    from,
  }: {
    left: StoragePosition | null
    more: boolean
    from: StoragePosition | null
  }): SweepOutcome {
    const did = this.archived + this.#resumed
    return {
      status: this.failed === 0 ? 'completed' : did > 0 ? 'partial' : 'failed',
      plan: { from, left },
      counts: {
        archived: this.archived,
        resumed: this.#resumed,
        failed: this.failed,
        archiveBytes: this.#after,
      },
      bytes: this.#before,
      errors: this.#errors,
      cursor: more ? { left } : null,
    }
  }
}
