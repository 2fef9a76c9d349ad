import { z } from 'zod'
import { LedgerError } from './errors.ts'
import { RunId } from './ids.ts'
import { Instant } from './instant.ts'

const Position = z.object({ createdAt: Instant, id: RunId })
/** The last row a page ended at. */
export type Position = z.infer<typeof Position>

/** An opaque, URL-safe string for the place a page ended at. */
export function toCursor({ createdAt, id }: Position): string {
  return btoa(`${createdAt} ${id}`).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** The place a cursor stands for. Throws `invalid` for anything `toCursor` did not make. */
export function fromCursor(cursor: string): Position {
  const parsed = Position.safeParse(decode(cursor))
  if (parsed.success && toCursor(parsed.data) === cursor) return parsed.data
  throw new LedgerError('invalid', 'the cursor is not one that a listing gave; start again without it', {
    issues: [{ path: 'cursor', message: 'must be the nextCursor of an earlier page' }],
  })
}

function decode(cursor: string): unknown {
  try {
    const [createdAt, id] = atob(cursor.replaceAll('-', '+').replaceAll('_', '/')).split(' ')
    return { createdAt, id }
  } catch {
    return undefined
  }
}
