import { jsonb, pgTable, text } from 'drizzle-orm/pg-core'
import { bytes, time } from './schema-parts.ts'

/** How far the sample of a day is, which goes over all runs in pages; what it has counted so far is in `storage_samples`. */
export const storageWalks = pgTable('storage_walks', {
  day: text().primaryKey(),
  /** The last run that was counted; '' before the first. */
  after: text().notNull().default(''),
  walked: bytes().notNull().default(0),
  startedAt: time().notNull().defaultNow(),
  completedAt: time(),
  /** Once it is whole: what there is, by storage state. A trend reads these, and no other rows. */
  totals: jsonb().notNull().default([]),
})
