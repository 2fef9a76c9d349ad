import type { Actor } from '../ports/actor.ts'
import { LedgerError } from '../run/errors.ts'

/** Whether the actor may know that a thing of this project exists. */
export function seesProject(actor: Actor, projectId: string | null): boolean {
  return actor.projectId === null || actor.projectId === projectId
}

/** Whose runs, of those that are put away, the actor may know of; undefined: everybody's. Source 002: their owners and admins. */
export function putAwayBy(actor: Actor): string | undefined {
  return actor.scopes.includes('admin') ? undefined : actor.name
}

/** The project a new run or a claim is for: the one asked for, else the key's own, else null. Throws `forbidden` for another's. */
export function projectFor(actor: Actor, asked: string | null | undefined): string | null {
  const projectId = asked === undefined ? actor.projectId : asked
  if (seesProject(actor, projectId)) return projectId
  throw new LedgerError('forbidden', `this key belongs to project ${actor.projectId} and can touch no other`)
}

/** The guard that keeps a project's key from moving another project's run. */
export function projectGuard(actor: Actor): { projectId?: string } {
  return actor.projectId === null ? {} : { projectId: actor.projectId }
}
