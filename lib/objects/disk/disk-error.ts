import { isLedgerError, LedgerError } from '../../run/errors.ts'

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** What the file system refused, as `unavailable` that says what to do; what is not of the file system stays as it is. */
export function toDiskError(error: unknown, folder: string): unknown {
  const code = codeOf(error)
  if (isLedgerError(error) || code === undefined) return error
  if (FULL.has(code))
    return new LedgerError('unavailable', `the disk is full: make room for ${folder} (${code})`, {
      cause: error,
    })
  return new LedgerError('unavailable', `${folder} cannot be read or written as it should be (${code})`, {
    cause: error,
  })
}

/** The file system's name of an error, where it is one of its own. */
export function codeOf(error: unknown): string | undefined {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException
  return error instanceof Error && syscall !== undefined ? code : undefined
}
