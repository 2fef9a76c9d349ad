import { bigint, customType, timestamp } from 'drizzle-orm/pg-core'

/** Ids sort by bytes, whatever the database's language. */
export const idText = customType<{ data: string }>({ dataType: () => 'text COLLATE "C"' })
export const time = () => timestamp({ withTimezone: true, precision: 3, mode: 'string' })
export const bytes = () => bigint({ mode: 'number' })
