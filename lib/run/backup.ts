import { z } from 'zod'

/** When a backup was taken, to the millisecond: ids sort by time. */
export const BackupId = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{6}\.\d{3}Z$/, 'must be the date of a backup, such as 2026-11-22T030000.000Z')
  .meta({ description: 'When it was taken, to the millisecond', example: '2026-11-22T030000.000Z' })

const Count = z.number().int().min(0)
const Name = z.string().regex(/^[a-z_][a-z0-9_]*$/)
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** The state of the tables: the last migration they have seen. */
export const BackupSchema = z.object({ version: Count, hash: z.string() })
export type BackupSchema = z.infer<typeof BackupSchema>

/** One table: a JSON object a line, compressed. Length and hash are those of the object as it is stored. */
export const BackupFile = z.object({
  table: Name,
  file: z.string(),
  rows: Count,
  bytes: Count,
  sha256: Sha256,
})
export type BackupFile = z.infer<typeof BackupFile>

/** The number that a column's rows have got to, also those that are gone. */
export const BackupSequence = z.object({ table: Name, column: z.string(), last: z.number().int() })
export type BackupSequence = z.infer<typeof BackupSequence>

/** What a backup holds. It is written last: without it there is no backup. */
export const BackupManifest = z.object({
  format: z.literal('runledger-backup'),
  version: z.literal(1),
  tool: z.string(),
  id: BackupId,
  takenAt: z.iso.datetime(),
  schema: BackupSchema,
  files: z.array(BackupFile),
  sequences: z.array(BackupSequence),
})
export type BackupManifest = z.infer<typeof BackupManifest>

/** One backup, as it is listed: what is not whole has no more than its id. */
export const Backup = z
  .object({
    id: BackupId,
    status: z.enum(['complete', 'incomplete', 'unreadable']).meta({
      description: '`incomplete`: it is being made, or was cut off. Only a complete one can be brought back',
    }),
    takenAt: z.iso.datetime().nullable(),
    tool: z.string().nullable().meta({ description: 'What made it' }),
    schemaVersion: Count.nullable(),
    tables: Count.nullable(),
    rows: Count.nullable(),
    bytes: Count.nullable().meta({ description: 'As it is stored' }),
  })
  .meta({ id: 'Backup', description: 'The tables of the ledger as they were at one instant' })
export type Backup = z.infer<typeof Backup>
