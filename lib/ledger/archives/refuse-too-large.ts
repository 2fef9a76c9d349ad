import type { ArchiveCompression } from '../../run/archive-manifest.ts'
import { LedgerError } from '../../run/errors.ts'
import { LIMITS } from '../../run/limits.ts'

/** Throws `too_large` where a slow compression would take longer than a function lives. */
export function refuseTooLarge(
  runId: string,
  compression: ArchiveCompression,
  tarBytes: number,
  isUnlimited: boolean,
): void {
  const most = compression === 'gzip' ? null : LIMITS.archiveSlowBytes[compression]
  if (isUnlimited || most === null || tarBytes <= most) return
  throw new LedgerError(
    'too_large',
    `run ${runId} has ${tarBytes} bytes to archive, and a function compresses ${most} by ${compression} at most; ` +
      'set ARCHIVE_COMPRESSION=gzip, or let a worker do it: runledger retention sweep',
  )
}
