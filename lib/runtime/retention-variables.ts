import { z } from 'zod'
import type { RetentionSettings } from '../ports/retention-settings.ts'
import { ArchiveCompression } from '../run/archive-manifest.ts'
import { DeletionStrategy } from '../run/retention-policy.ts'

const DAYS = 'a whole number from 0 to 36500'
const days = () => z.coerce.number().int().min(0).max(36_500)

/** What other keys begin with; an archive among them would be taken for something else. */
const TAKEN = new Set(['logs', 'jobs', 'backups', 'audit'])

/** The environment variables of what is kept for how long. Sources 000 and 002. */
export const RetentionVariables = {
  ARCHIVE_AFTER_DAYS: days().default(7).meta({
    allowed: DAYS,
    description: 'From a run’s end until its outputs are archived; policies go before it',
  }),
  DELETE_AFTER_DAYS: days().optional().meta({
    allowed: DAYS,
    description:
      'From a run’s end until its data is deleted; policies go before it. Default: `RETENTION_DAYS`',
  }),
  RETENTION_DAYS: days().default(30).meta({
    allowed: DAYS,
    description: 'The same by another name, where `DELETE_AFTER_DAYS` is unset',
  }),
  DELETE_GRACE_DAYS: days().default(7).meta({
    allowed: DAYS,
    description: 'For how long what was deleted softly can be restored',
  }),
  DELETION_STRATEGY: DeletionStrategy.default('soft').meta({
    allowed: 'soft or hard',
    description: '`soft`: the run’s row stays, and its archive for the grace. `hard`: both go',
  }),
  ARCHIVE_COMPRESSION: ArchiveCompression.default('gzip').meta({
    allowed: 'gzip, bz2 or xz',
    description: 'What archives are compressed with; functions make the latter two of small folders only',
  }),
  ARCHIVE_BASE_PATH: z
    .string()
    .transform((text) => text.replace(/^(\.?\/)+/, '').replace(/\/+$/, ''))
    .refine(isPrefix)
    .default('archive')
    .meta({
      allowed:
        'names of letters, digits, `.`, `_` and `-` with slashes between, not below logs, jobs, backups or audit',
      description: 'What the keys of archives begin with',
    }),
  ARCHIVE_CONCURRENCY: z.coerce.number().int().min(1).max(100).default(2).meta({
    allowed: 'a whole number from 1 to 100',
    description: 'Archives that are made at a time, over all instances',
  }),
  SECURE_DELETE: z
    .stringbool({ truthy: ['on', 'true', '1'], falsy: ['off', 'false', '0'] })
    .default(false)
    .meta({
      allowed: 'on, true, 1, off, false or 0',
      description: 'Whether a file is overwritten before it is deleted, where the store keeps no versions',
    }),
  STORAGE_CAPACITY_BYTES: z.coerce.number().int().min(1).optional().meta({
    allowed: 'a whole number, 1 or more',
    description: 'What storage may hold: at 80 % of it an alert is sent. Unset: nobody is told',
  }),
  BACKUPS_KEPT: z.coerce.number().int().min(1).max(100).default(8).meta({
    allowed: 'a whole number from 1 to 100',
    description: 'How many backups of the ledger are kept; each new one removes what is more',
  }),
}

type Given = z.output<z.ZodObject<typeof RetentionVariables>>

/** The settings that they make. */
export function retentionSettings(config: Given): RetentionSettings {
  return {
    defaults: {
      archiveAfterDays: config.ARCHIVE_AFTER_DAYS,
      deleteAfterDays: config.DELETE_AFTER_DAYS ?? config.RETENTION_DAYS,
      deleteGraceDays: config.DELETE_GRACE_DAYS,
      deletionStrategy: config.DELETION_STRATEGY,
      keepLast: 0,
    },
    archiveCompression: config.ARCHIVE_COMPRESSION,
    archiveBasePath: config.ARCHIVE_BASE_PATH,
    archiveConcurrency: config.ARCHIVE_CONCURRENCY,
    secureDelete: config.SECURE_DELETE,
    storageCapacityBytes: config.STORAGE_CAPACITY_BYTES ?? null,
    backupsKept: config.BACKUPS_KEPT,
  }
}

function isPrefix(path: string): boolean {
  const names = path.split('/')
  if (path.length > 200 || TAKEN.has(names[0] ?? '')) return false
  return names.every((name) => /^[A-Za-z0-9._-]+$/.test(name) && !/^\.+$/.test(name))
}
