import { holdEnd } from './hold.ts'
import type { RetentionPolicy, RetentionTerm } from './retention-policy.ts'
import type { Run } from './run.ts'

type Told = Pick<Run, 'kind' | 'state' | 'storageState' | 'archivedAt' | 'deletedAt'>

/** Why a run is, or is not, archived or deleted: whole sentences, as people read them. */
export const retentionWords = {
  archived: ({ archivedAt }: Told) => `it was archived${archivedAt === null ? '' : ` at ${archivedAt}`}`,
  archiving: 'it is being archived',
  restoring: 'it is being restored',
  nothingToArchive: 'it has no outputs, and its log stays where it is until it is deleted',
  fromArchiveAlone: (days: number) =>
    `it is deleted from its archive alone, ${inDays(days)} after that was made`,
  neverFromArchive: 'it is deleted from its archive alone, and is never archived',
  archiveIsKept: (days: number) => `its archive is kept for ${inDays(days)} at least`,
  restored: (at: string, days: number) => `it was restored at ${at}, and is left alone for ${inDays(days)}`,
  retained: (until: string) => `somebody asked to keep it until ${until}`,
  held: (until: string) => `it is held ${holdEnd(until)}`,
  deleted: ({ storageState, deletedAt }: Told) =>
    storageState === 'deleting'
      ? 'it is being deleted'
      : `it was deleted${deletedAt === null ? '' : ` at ${deletedAt}`}`,
  unfinished: ({ state }: Told) => `it is ${state}; only a finished run is archived or deleted`,
  archivedByAge: (days: number, policy: RetentionPolicy) =>
    `it is archived ${inDays(days)} after it finished, ${by(policy, 'archiveAfterDays')}`,
  neverArchived: (policy: RetentionPolicy) => `it is never archived, ${by(policy, 'archiveAfterDays')}`,
  deletedByAge: (days: number, policy: RetentionPolicy) =>
    `it is deleted ${inDays(days)} after it finished, ${by(policy, 'deleteAfterDays')}`,
  neverDeleted: (policy: RetentionPolicy) => `it is never deleted, ${by(policy, 'deleteAfterDays')}`,
  ofLast: ({ kind }: Told, policy: RetentionPolicy) =>
    `it is ${lastRuns(policy.keepLast)} of kind ${kind}, never deleted ${by(policy, 'keepLast')}`,
}

const inDays = (days: number) => (days === 1 ? '1 day' : `${days} days`)
const lastRuns = (count: number) => (count === 1 ? 'the last run' : `one of the last ${count} runs`)

function by({ from }: RetentionPolicy, term: RetentionTerm): string {
  const where = from[term] ?? ''
  return where.startsWith('the ') ? `by ${where}` : `by the rule for ${where}`
}
