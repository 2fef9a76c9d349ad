import type { ArchiveCompression } from '../run/archive-manifest.ts'
import type { RetentionTerms } from '../run/retention-policy.ts'

/** How long data is kept where no policy says otherwise, and how it is put away. Sources 000 and 002. */
export interface RetentionSettings {
  defaults: RetentionTerms
  archiveCompression: ArchiveCompression
  /** What the keys of archives begin with, without a slash at its end. */
  archiveBasePath: string
  /** Archives that are made at a time, over all instances. */
  archiveConcurrency: number
  /** Whether what is deleted is overwritten first, where the store does not keep versions. */
  secureDelete: boolean
  /** What storage may hold; an alert is opened at 80 % of it. Null: nobody has said. */
  storageCapacityBytes: number | null
  /** How many backups of the ledger there are at most. */
  backupsKept: number
}
