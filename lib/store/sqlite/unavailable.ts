import { LedgerError } from '../../run/errors.ts'

/**
 * What SQLite or the file system refused, as `LedgerError('unavailable')` with what to do about it.
 * Anything else (a constraint, a bug) comes back as it is.
 */
export function toUnavailable(error: unknown, path: string): unknown {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown }
  const why = typeof errcode === 'number' ? SQLITE[errcode & 0xff] : FILES[String(code)]
  return why === undefined
    ? error
    : new LedgerError('unavailable', `the ledger at ${path} ${why}`, { cause: error })
}

/** Whether someone else holds the lock that was waited for. */
export function isBusy(error: unknown): boolean {
  const { errcode } = error as { errcode?: unknown }
  return typeof errcode === 'number' && (errcode & 0xff) === 5
}

/** By SQLite's primary result code: the low byte of the extended one. */
const SQLITE: Record<number, string> = {
  3: 'may not be used by this user; check the permissions of the file and its folder',
  5: 'is busy: another process has been writing for more than 5 seconds; try again',
  6: 'is busy: a statement of this process holds it; try again',
  7: 'needs more memory than there is',
  8: 'is read-only; check the permissions of the file and its folder',
  10: 'cannot be read or written: the disk reports an error',
  11: 'is damaged; move the file away, or restore it from a copy',
  13: 'cannot grow: the disk is full; make room and try again',
  14: 'cannot be opened; check that it is a file, and that its folder may be written',
  15: 'cannot be locked; keep it on a local disk, not on a network share',
  26: 'is not a SQLite database; choose another path, or move the file away',
}

const FILES: Record<string, string> = {
  EACCES: 'may not be used by this user; check the permissions of the file and its folder',
  EPERM: 'may not be used by this user; check the permissions of the file and its folder',
  EROFS: 'is on a read-only disk; choose another path',
  ENOSPC: 'cannot grow: the disk is full; make room and try again',
  EDQUOT: 'cannot grow: the disk quota is used up; make room and try again',
  ENOENT: 'cannot be created; check that its folder may be made',
  ENOTDIR: 'cannot be created: a part of the path is a file; choose another path',
  EEXIST: 'cannot be created: its folder is a file; choose another path',
  ELOOP: 'cannot be opened: its path leads back to itself; choose another path',
  ENAMETOOLONG: 'has too long a path; choose a shorter one',
  ERR_INVALID_STATE: 'has been closed',
}
