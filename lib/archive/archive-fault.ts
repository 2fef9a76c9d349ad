import { LedgerError } from '../run/errors.ts'

/**
 * What is wrong with an archive:
 * `damaged` its bytes do not decompress, or are no tar; `truncated` it ends too early; `extra` there is more than the manifest says;
 * `missing`, `duplicate`, `unsafe` (absolute, `..`, a link, a device) an entry; `differs` an entry is not what the manifest says;
 * `manifest` it has none that can be read; `unexpected` it is a good archive, and not the one that was expected.
 */
export type ArchiveFaultKind =
  | 'damaged'
  | 'truncated'
  | 'extra'
  | 'missing'
  | 'duplicate'
  | 'unsafe'
  | 'differs'
  | 'manifest'
  | 'unexpected'

/** An archive (or a file that was to go into one) is not what it must be. Reading it again changes nothing. */
export class ArchiveFault extends LedgerError {
  readonly fault: ArchiveFaultKind
  /** The entry, as it is called in the tar. */
  readonly entry: string | null

  constructor(
    fault: ArchiveFaultKind,
    message: string,
    { entry = null, cause }: { entry?: string | null; cause?: unknown } = {},
  ) {
    super('conflict', message, { cause })
    this.fault = fault
    this.entry = entry
  }
}

/** Whether it is the archive that is wrong, and not the way to it. */
export function isArchiveFault(error: unknown): error is ArchiveFault {
  return error instanceof ArchiveFault
}
