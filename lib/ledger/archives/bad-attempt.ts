import { isArchiveFault } from '../../archive/archive-fault.ts'
import { LedgerError } from '../../run/errors.ts'

/** This attempt at an archive comes to nothing, and another one may. */
export class BadAttempt extends LedgerError {
  constructor(message: string, cause?: unknown) {
    super('conflict', message, { cause })
  }
}

/** What is thrown by an attempt that is to be made anew; null for what says nothing of the attempt. */
export function badAttempt(error: unknown): BadAttempt | null {
  if (error instanceof BadAttempt) return error
  return isArchiveFault(error) ? new BadAttempt(error.message, error) : null
}
