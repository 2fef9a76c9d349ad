import type { Actor, Scope } from '../ports/actor.ts'
import { LedgerError } from '../run/errors.ts'

/** The first line of every verb. Throws `forbidden` unless the actor has the scope, or `admin`, which has all. */
export function requireScope({ actor }: { actor: Actor }, scope: Scope): void {
  if (actor.scopes.includes(scope) || actor.scopes.includes('admin')) return
  throw new LedgerError(
    'forbidden',
    `this needs the scope ${scope}; the key has ${actor.scopes.join(', ') || 'none'}`,
  )
}
