import { LedgerError } from '../run/errors.ts'
import { RunId } from '../run/ids.ts'
import type { Call } from './route.ts'

/**
 * The run that a path names, for faces whose clients take ids for any text. What cannot be the id of a run is not found; what would
 * be a way out of a folder, were it a name, is logged as well. Throws `not_found`.
 */
export function askedRun({ ctx, params }: Pick<Call, 'ctx' | 'params'>, name = 'id'): string {
  const asked = params[name] ?? ''
  if (RunId.safeParse(asked).success) return asked
  const shown = asked.slice(0, MOST)
  if (leadsAway(asked)) ctx.log.warn('a path was sent in place of a run’s id, and refused', { asked: shown })
  throw new LedgerError('not_found', `there is no run ${shown}`)
}

const MOST = 100

const leadsAway = (text: string) => /[/\\\0]|\.\.|%(2e|2f|5c|00)/i.test(text)
