import type { Sweep, SweepKind } from '../../../run/sweep.ts'
import { badge } from '../parts/state-badge.ts'
import { bytes, count, counted } from '../parts/words.ts'

/** What a sweep of each kind does. */
export const SWEEP_WORDS: Record<SweepKind, string> = {
  stale: 'Ends runs that have been running for too long',
  archive: 'Archives runs whose time has come',
  verify: 'Reads archives again, and compares them',
  delete: 'Deletes runs whose time is over by the policies',
  purge: 'Removes what deleted runs have left, once their grace is over',
  cleanup: 'Deletes old finished runs with no outputs, logs first',
  reconcile: 'Compares the database and the object store',
  script: 'Deletes every finished run of a script, as somebody asked',
}

const TONES = {
  running: 'calm',
  completed: 'good',
  partial: 'warn',
  failed: 'bad',
  needs_approval: 'warn',
} as const

/** How it stands; of one that was let through, that. */
export const sweepBadge = ({ status, approval }: Pick<Sweep, 'status' | 'approval'>) =>
  status === 'needs_approval'
    ? badge(approval === null ? 'needs approval' : 'approved', approval === null ? 'warn' : 'good')
    : badge(status, TONES[status])

/** What there was to do, as far as it was counted; null: that is not counted before. */
export function plannedOf({ plan }: Pick<Sweep, 'plan'>): string | null {
  const { runs, archives, total, bytes: size } = plan
  const amount =
    typeof runs === 'number'
      ? counted(runs, 'run')
      : typeof archives === 'number'
        ? counted(archives, 'archive')
        : typeof total === 'number'
          ? count(total)
          : null
  if (amount === null) return null
  return typeof size === 'number' && size > 0 ? `${amount}, ${bytes(size)}` : amount
}

/** What was done: `12 archived, 1 failed`. */
export function doneOf({ counts }: Pick<Sweep, 'counts'>): string {
  const some = Object.entries(counts).filter(([name, n]) => n > 0 && !isBytes(name))
  return some.length === 0 ? 'nothing' : some.map(([name, n]) => `${count(n)} ${inWords(name)}`).join(', ')
}

/** What was counted, by its name in words. */
export const countsOf = ({ counts }: Pick<Sweep, 'counts'>): [string, string][] =>
  Object.entries(counts)
    .filter(([, n]) => n > 0)
    .map(([name, n]) => [inWords(name), isBytes(name) ? bytes(n) : count(n)])

const isBytes = (name: string) => /bytes$/i.test(name)
/** `deletedLogFiles`: `deleted log files`. */
export const inWords = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
