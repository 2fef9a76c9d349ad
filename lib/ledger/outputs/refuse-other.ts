import type { Output } from '../../ports/output-store.ts'
import { LedgerError } from '../../run/errors.ts'

/**
 * Refuses a file whose name this attempt has recorded with other bytes; what is recorded stays. Without a hash nobody can tell
 * that they are the same.
 */
export function refuseOther(
  there: Output,
  { bytes, sha256 }: { bytes: number; sha256: string | null | undefined },
): void {
  if (there.bytes === bytes && there.sha256 !== null && there.sha256 === sha256) return
  const known = there.bytes !== bytes || sha256 != null
  const why = known
    ? 'with other bytes, and stays as it is'
    : 'and stays as it is; send the sha256 along to have it compared'
  // What is all ASCII has one form.
  const forms = /^\p{ASCII}*$/u.test(there.path)
    ? ''
    : '. Names that differ in their Unicode form alone (NFC, NFD) are one name'
  throw new LedgerError('conflict', `this attempt has produced ${there.path} already, ${why}${forms}`)
}
