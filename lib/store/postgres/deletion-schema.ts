import { index, pgTable, text } from 'drizzle-orm/pg-core'
import { bytes, idText, time } from './schema-parts.ts'

/** Objects that nobody knows of, for people to look at: none is deleted but by its name. */
export const orphans = pgTable(
  'orphans',
  {
    key: idText().primaryKey(),
    bytes: bytes().notNull(),
    etag: text(),
    modifiedAt: time().notNull(),
    /** Whose it would be, by its key. */
    runId: idText(),
    foundAt: time().notNull().defaultNow(),
    seenAt: time().notNull().defaultNow(),
  },
  (orphan) => [index('orphans_seen').on(orphan.seenAt)],
)
