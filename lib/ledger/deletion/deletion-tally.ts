import type { DeletableRun } from '../../ports/deletion-store.ts'
import type { SweepError } from '../../run/sweep.ts'
import { freedBy } from './freed-by.ts'
import type { Left } from './remove-objects.ts'

const MOST_ERRORS = 100

/** What a pass has deleted so far. */
export class DeletionTally {
  soft = 0
  hard = 0
  logFiles = 0
  bytes = 0
  left = 0
  /** Of those that had left nothing. */
  graceEnded = 0
  readonly errors: SweepError[] = []

  get runs(): number {
    return this.soft + this.hard
  }

  /** Deleted softly: nothing is freed before its grace is over. */
  softly(count: number): void {
    this.soft += count
  }

  forGood(gone: DeletableRun[], left: Left = new Map()): void {
    this.hard += gone.length
    for (const run of gone) {
      const freed = freedBy(run)
      this.logFiles += freed.logFiles
      this.bytes += freed.bytes
    }
    for (const [item, message] of left) this.wrong(item, message)
  }

  /** Each is counted; those that are named are bounded. */
  wrong(item: string | null, message: string): void {
    this.left += 1
    if (this.errors.length < MOST_ERRORS) this.errors.push({ item, message })
  }

  counts(): Record<string, number> {
    const { runs: deletedRuns, soft, hard, logFiles: deletedLogFiles, left } = this
    return { deletedRuns, soft, hard, deletedLogFiles, left }
  }
}
