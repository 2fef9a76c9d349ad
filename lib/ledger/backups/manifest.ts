import { createHash } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { BackupManifest } from '../../run/backup.ts'
import { backupFileName, manifestKey } from '../../run/backup-key.ts'
import { canonicalJson } from '../../run/canonical-json.ts'
import { LedgerError } from '../../run/errors.ts'

/** It carries its own hash, for nothing else would show that a byte of it is another. */
const Stored = z.looseObject({ sha256: z.string() })

/** Writes the manifest, with which a backup is complete. Throws `conflict` where there is one already. */
export async function writeManifest(ctx: Context, manifest: BackupManifest): Promise<void> {
  const whole = { ...manifest, sha256: hashOf(manifest) }
  const body = new TextEncoder().encode(`${JSON.stringify(whole, null, 1)}\n`)
  const options = { ifAbsent: true, contentType: 'application/json' }
  if ((await ctx.objects.put(manifestKey(manifest.id), body, options)) === null)
    throw new LedgerError('conflict', `there is a backup ${manifest.id} already; try again`)
}

/** What a backup holds. Null: there is no manifest. Throws `conflict` for one that is not as it was written. */
export async function readManifest(ctx: Context, id: string): Promise<BackupManifest | null> {
  const found = await ctx.objects.get(manifestKey(id))
  if (found === null) return null
  const value = parsed(await text(found.body))
  const stored = Stored.safeParse(value)
  const manifest = BackupManifest.safeParse(value)
  const isWhole = stored.success && manifest.success && stored.data.sha256 === hashOf(manifest.data)
  if (!isWhole || manifest.data.id !== id || manifest.data.files.some(isElsewhere))
    throw new LedgerError(
      'conflict',
      `${manifestKey(id)} is damaged, or of a newer Runledger; nothing was brought back`,
    )
  return manifest.data
}

const hashOf = (manifest: BackupManifest) =>
  createHash('sha256').update(canonicalJson(manifest)).digest('hex')

const isElsewhere = ({ table, file }: { table: string; file: string }) => file !== backupFileName(table)

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}
