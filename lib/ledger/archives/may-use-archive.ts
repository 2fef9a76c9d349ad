import type { Context } from '../../ports/context.ts'
import { LedgerError } from '../../run/errors.ts'
import type { Run } from '../../run/run.ts'

/** The first line of what is for whoever made a run, and for admins: the run decides the rest. Throws `forbidden`. */
export function requireReader({ actor }: Context): void {
  if (actor.scopes.includes('admin') || actor.scopes.includes('runs:read')) return
  const has = actor.scopes.join(', ') || 'none'
  throw new LedgerError(
    'forbidden',
    `this needs the scope admin, or runs:read of one's own runs; the key has ${has}`,
  )
}

/** What is archived is for whoever made the run, and for admins. Throws `forbidden`. Source 002. */
export function refuseStranger({ actor }: Context, { id, createdBy }: Pick<Run, 'id' | 'createdBy'>): void {
  if (actor.scopes.includes('admin') || (createdBy !== null && createdBy === actor.name)) return
  throw new LedgerError(
    'forbidden',
    `what is archived of run ${id} is for ${createdBy ?? 'admins'}${createdBy === null ? '' : ', who made it, and for admins'}`,
  )
}
