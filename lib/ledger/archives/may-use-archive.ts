import type { Scope } from '../../ports/actor.ts'
import type { Context } from '../../ports/context.ts'
import { LedgerError } from '../../run/errors.ts'
import type { Run } from '../../run/run.ts'

/**
 * The first line of what whoever made a run may do to its archive with this scope, and admins: the run decides the rest. Throws
 * `forbidden`.
 */
export function requireMaker({ actor }: Context, scope: Scope): void {
  if (actor.scopes.includes('admin') || actor.scopes.includes(scope)) return
  const has = actor.scopes.join(', ') || 'none'
  throw new LedgerError(
    'forbidden',
    `this needs the scope admin, or ${scope} of one's own runs; the key has ${has}`,
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
