import { sql } from 'drizzle-orm'
import { index, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { bytes, idText, time } from './schema-parts.ts'

/**
 * Each attempt to make an archive of a run, and what became of it; which one is true, the run's `archivePath` says. No foreign
 * key: it would lock the run's row.
 */
export const archives = pgTable(
  'archives',
  {
    runId: idText().notNull(),
    attempt: integer().notNull(),
    key: text().notNull(),
    compression: text().notNull(),
    /** `writing`, `stored`, `archived`, `removing`, `kept`, `restored`, `abandoned`, `gone`. */
    status: text().notNull(),
    /** As it stands in the tar; empty once there is no such archive. */
    manifest: text().notNull(),
    manifestSha256: text().notNull(),
    tarBytes: bytes().notNull(),
    uploadId: text(),
    bytes: bytes(),
    sha256: text(),
    /** How many entries have been put back. */
    readBack: integer().notNull().default(0),
    /** How far it has been read to be compared. */
    reading: jsonb(),
    verifiedAt: time(),
    /** What is wrong with it. */
    fault: text(),
    createdAt: time().notNull().defaultNow(),
    updatedAt: time().notNull().defaultNow(),
  },
  (archive) => [
    primaryKey({ columns: [archive.runId, archive.attempt] }),
    index('archives_verified')
      .on(archive.verifiedAt, archive.runId)
      .where(sql`${archive.status} IN ('archived', 'removing', 'kept')`),
    // Who has an object, whatever its key says.
    index('archives_object').using('hash', archive.key),
    index('archives_to_clear').on(archive.updatedAt).where(sql`${archive.status} = 'abandoned'`),
  ],
)

/** The parts of an archive's object: each one decompresses by itself, to the tar from `tarStart` on. */
export const archiveParts = pgTable(
  'archive_parts',
  {
    runId: idText().notNull(),
    attempt: integer().notNull(),
    number: integer().notNull(),
    etag: text().notNull(),
    /** Where in the object it begins, and how long it is there. */
    start: bytes().notNull(),
    bytes: bytes().notNull(),
    sha256: text().notNull(),
    tarStart: bytes().notNull(),
    tarBytes: bytes().notNull(),
  },
  (part) => [primaryKey({ columns: [part.runId, part.attempt, part.number] })],
)
