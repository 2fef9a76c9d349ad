/** The closed list of what can go wrong, for every face to translate by an exhaustive switch. */
export const ERROR_CODES = [
  'not_found',
  'invalid',
  'conflict',
  'lease_lost',
  'needs_approval',
  'unauthorized',
  'forbidden',
  'too_large',
  'limited',
  'unavailable',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/** One thing wrong with an input: where (`runs.3.kind`) and what to change. */
export interface Issue {
  path: string
  message: string
}

export interface LedgerErrorOptions {
  issues?: Issue[]
  retryAfterSeconds?: number
  /** Of a `conflict` about a log: the offset at which it goes on. */
  expectedOffset?: number
  cause?: unknown
}

/**
 * The only error that verbs and stores throw on purpose: a code and a sentence that helps.
 * Anything else is a bug and leaves as "internal error".
 */
export class LedgerError extends Error {
  readonly code: ErrorCode
  readonly issues: Issue[]
  readonly retryAfterSeconds: number | undefined
  readonly expectedOffset: number | undefined

  constructor(code: ErrorCode, message: string, options: LedgerErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'LedgerError'
    this.code = code
    this.issues = options.issues ?? []
    this.retryAfterSeconds = options.retryAfterSeconds
    this.expectedOffset = options.expectedOffset
  }
}

/** Whether a thrown value is ours, also when it came from another copy of this module. */
export function isLedgerError(error: unknown): error is LedgerError {
  return error instanceof Error && error.name === 'LedgerError' && 'code' in error
}

/** Whether the same call may work later: the ledger cannot be reached, or is asked too often. */
export function isPassing(error: unknown): boolean {
  return isLedgerError(error) && (error.code === 'unavailable' || error.code === 'limited')
}

/** What the work gives back, or the LedgerError it threw; for batches, where one failing item stops no other. */
export function attempt<T>(work: () => T): T | LedgerError {
  try {
    return work()
  } catch (error) {
    if (isLedgerError(error)) return error
    throw error
  }
}
