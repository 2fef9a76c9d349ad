import { z } from 'zod'
import { isHeld, UNTIL_RELEASED } from './hold.ts'
import { retentionWords as words } from './retention-words.ts'

/** What decides: the rule that a verdict goes by. */
export const VerdictRule = z.enum([
  'age',
  'never',
  'held',
  'notFinished',
  'keepLast',
  'retained',
  'restoredLately',
  'archivedLately',
  'notArchived',
  'nothingToArchive',
  'state',
])
export type VerdictRule = z.infer<typeof VerdictRule>

/** Whether something is to be done with a run now, from when on, and why, or why not. */
export const Verdict = z
  .object({
    due: z.boolean(),
    at: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'The earliest it can happen; null: it cannot, as things are' }),
    because: z.string(),
    rule: VerdictRule,
  })
  .meta({ id: 'Verdict' })
export type Verdict = z.infer<typeof Verdict>

/** A condition that time will meet. */
export interface Part {
  at: string
  rule: VerdictRule
  because: string
}

type Held = { holdUntil: string | null }

/** The part that is met last decides; a hold, while it lasts, is what is said in any case. */
export function latest(run: Held, parts: readonly [Part, ...Part[]], at: string): Verdict {
  const last = parts.reduce((a, b) => (b.at > a.at ? b : a))
  if (!isHeld(run, at)) return { due: last.at <= at, at: last.at, because: last.because, rule: last.rule }
  const until = run.holdUntil ?? at
  return { ...no('held', words.held(until)), at: until === UNTIL_RELEASED ? null : later(until, last.at) }
}

/** What can never happen as things are, and while it is held, that. */
export function heldOr(run: Held, at: string, verdict: Verdict): Verdict {
  return isHeld(run, at) ? no('held', words.held(run.holdUntil ?? at)) : verdict
}

/** It cannot happen, whenever. */
export const no = (rule: VerdictRule, because: string): Verdict => ({ due: false, at: null, because, rule })

/** Of two instants the later one. */
export const later = (a: string, b: string) => (a > b ? a : b)
