import type { BackupTarget } from '../../ports/backup-store.ts'
import type { BackupManifest } from '../../run/backup.ts'
import { LedgerError } from '../../run/errors.ts'

/** Throws `conflict` for a backup of another schema: its rows would not mean here what they meant. */
export function refuseUnfit({ id, schema, files }: BackupManifest, target: BackupTarget): void {
  if (schema.version > target.schema.version)
    throw unfit(
      `the backup ${id} is of a newer schema (${schema.version}) than this database (${target.schema.version}); upgrade Runledger and run \`runledger migrate\` first`,
    )
  if (schema.version < target.schema.version)
    throw unfit(
      `the backup ${id} is of an older schema (${schema.version}) than this database (${target.schema.version}); bring it back into a new database after \`runledger migrate --to ${schema.version}\`, then \`runledger migrate\` that`,
    )
  if (schema.hash !== target.schema.hash)
    throw unfit(`the backup ${id} is of a schema that this Runledger does not know`)
  const names = files.map(({ table }) => table)
  const strange = names.find((table) => !target.tables.includes(table))
  if (strange !== undefined) throw unfit(`the backup ${id} has a table ${strange}, which is none of ours`)
  const missing = target.tables.find((table) => !names.includes(table))
  if (missing !== undefined) throw unfit(`the backup ${id} does not have the table ${missing}`)
  if (new Set(names).size < names.length) throw unfit(`the backup ${id} has a table twice`)
}

const unfit = (message: string) => new LedgerError('conflict', message)
