import { createHash } from 'node:crypto'
import { createGzip } from 'node:zlib'
import { through } from '../../archive/through.ts'
import type { BackupSnapshot } from '../../ports/backup-store.ts'
import type { Context } from '../../ports/context.ts'
import type { BackupFile, BackupManifest } from '../../run/backup.ts'
import { backupFileName, backupPrefix } from '../../run/backup-key.ts'
import { LedgerError } from '../../run/errors.ts'
import { ARCHIVE_TOOL } from '../archives/freeze-manifest.ts'
import { hashed } from '../objects/hashed.ts'
import { writeObject } from '../objects/write-object.ts'

export interface Watch {
  /** Throws once a backup is to end, although it is not whole. */
  check: () => void
  /** Told of every file that is there now, and was not before. */
  written: (key: string) => void
}

/** Writes every table of the snapshot, one after the other, in constant memory. What is then missing is the manifest it gives back. */
export async function writeTables(
  ctx: Context,
  snapshot: BackupSnapshot,
  watch: Watch,
): Promise<BackupManifest> {
  const { id, takenAt, schema } = snapshot
  const files: BackupFile[] = []
  for (const table of snapshot.tables) files.push(await writeTable(ctx, snapshot, { table, ...watch }))
  // Read last: a number that was given away meanwhile is not given away again.
  const sequences = await snapshot.sequences()
  const kind = { format: 'runledger-backup', version: 1 } as const
  return { ...kind, tool: ARCHIVE_TOOL, id, takenAt, schema, files, sequences }
}

async function writeTable(
  ctx: Context,
  snapshot: BackupSnapshot,
  { table, check, written }: Watch & { table: string },
): Promise<BackupFile> {
  let rows = 0
  async function* lines() {
    for await (const page of snapshot.rows(table)) {
      check()
      rows += page.length
      yield Buffer.from(`${page.join('\n')}\n`)
    }
  }
  const file = backupFileName(table)
  const hash = createHash('sha256')
  // The fastest: the database keeps dead rows for as long as this takes.
  const compressed = hashed(through(lines(), createGzip({ level: 1, chunkSize: 64 * 1_024 })), hash)
  const options = { ifAbsent: true, contentType: 'application/gzip' }
  const key = `${backupPrefix(snapshot.id)}${file}`
  const bytes = await writeObject(ctx.objects, key, compressed, options)
  if (bytes === null) throw new LedgerError('conflict', `there is a backup ${snapshot.id} already; try again`)
  written(key)
  return { table, file, rows, bytes, sha256: hash.digest('hex') }
}
