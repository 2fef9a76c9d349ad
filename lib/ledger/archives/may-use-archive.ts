import type { Context } from '../../ports/context.ts'
import { LedgerError } from '../../run/errors.ts'
import type { Run } from '../../run/run.ts'

/** What is archived is for whoever made the run, and for admins. Throws `forbidden`. Source 002. */
export function refuseStranger({ actor }: Context, { id, createdBy }: Pick<Run, 'id' | 'createdBy'>): void {
  if (actor.scopes.includes('admin') || (createdBy !== null && createdBy === actor.name)) return
  throw new LedgerError(
    'forbidden',
    `what is archived of run ${id} is for ${createdBy ?? 'admins'}${createdBy === null ? '' : ', who made it, and for admins'}`,
  )
}
