import type { Backup } from '../../../run/backup.ts'
import { spokenBytes } from '../../terminal/spoken-time.ts'

/** How much a backup holds. */
export function sizeInWords({ rows, tables, bytes }: Backup): string {
  return `${rows ?? 0} rows of ${tables ?? 0} tables, ${spokenBytes(bytes ?? 0)}`
}
