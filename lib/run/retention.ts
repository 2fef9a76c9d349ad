import { z } from 'zod'
import { UNTIL_RELEASED } from './hold.ts'
import { policyFor, type RetentionPolicies, RetentionPolicy } from './retention-policy.ts'
import { heldOr, later, latest, no, type Part, Verdict } from './retention-verdict.ts'
import { retentionWords as words } from './retention-words.ts'
import type { Run } from './run.ts'
import { isFinal } from './transitions.ts'

const instant = z.iso.datetime().nullable()

/** What will happen to a run's data, when, and why. */
export const Retention = z
  .object({
    policy: RetentionPolicy,
    archiveAt: instant,
    deleteAt: instant,
    purgeAt: instant.meta({ description: 'Until then what was deleted softly can be restored' }),
    archive: Verdict,
    delete: Verdict,
  })
  .meta({ id: 'Retention', description: 'What will happen to a run’s data, when, and by which rule' })
export type Retention = z.infer<typeof Retention>

/** What retention asks of a run. */
export type RetentionRun = Pick<
  Run,
  | 'kind'
  | 'projectId'
  | 'state'
  | 'finishedAt'
  | 'storageState'
  | 'outputCount'
  | 'archivedAt'
  | 'restoredAt'
  | 'deletedAt'
  | 'purgeAfter'
  | 'retainUntil'
  | 'holdUntil'
>

export interface RetentionFacts {
  /** The instant it is asked for. */
  at: string
  /** Whether it is one of the last `keepLast` runs of its kind. */
  isOfLast: boolean
}

/** What was archived or restored is left alone for so long, whatever the policy says (retention page). */
export const SETTLE_DAYS = 7
const DAY_MS = 86_400_000
/** What no database keeps lies behind it. */
const LAST_INSTANT = Date.parse(UNTIL_RELEASED)

/**
 * What will happen to a run, when, and why: the one place where that is decided, explained and simulated. A run with no outputs
 * has nothing to archive: its log is one object already, and is deleted from where it is. One with outputs is deleted from its
 * archive alone, so as long as it is `active` the answer says when that can be at the earliest. Sources 000 and 002.
 */
export function retentionOf(
  run: RetentionRun,
  policies: RetentionPolicies,
  facts: RetentionFacts,
): Retention {
  return retentionBy(run, policyFor(run, policies), facts)
}

/** The same by what is known to hold of the run. */
export function retentionBy(run: RetentionRun, policy: RetentionPolicy, facts: RetentionFacts): Retention {
  const archive = archiveVerdict(run, policy, facts.at)
  const deletion = deleteVerdict(run, policy, facts, archive)
  const purgeAt = purgeOf(run, policy, deletion)
  return { policy, archiveAt: archive.at, deleteAt: deletion.at, purgeAt, archive, delete: deletion }
}

/** Whether there is nothing that an archive would be made of. */
export function hasNothingToArchive(run: Pick<Run, 'storageState' | 'outputCount'>): boolean {
  return run.storageState === 'active' && run.outputCount === 0
}

function archiveVerdict(run: RetentionRun, policy: RetentionPolicy, at: string): Verdict {
  const { finishedAt, storageState } = run
  if (isDeleted(run)) return no('state', words.deleted(run))
  if (storageState === 'archived') return no('state', words.archived(run))
  if (storageState === 'archiving') return no('state', words.archiving)
  if (!isFinal(run.state) || finishedAt === null) return no('notFinished', words.unfinished(run))
  if (hasNothingToArchive(run)) return no('nothingToArchive', words.nothingToArchive)
  const { archiveAfterDays: days } = policy
  if (days === null) return heldOr(run, at, no('never', words.neverArchived(policy)))
  const age = ageOf(finishedAt, days, words.archivedByAge(days, policy))
  const verdict = latest(run, [age, ...restoredPart(run, at)], at)
  return storageState === 'restoring' ? { ...verdict, rule: 'state', because: words.restoring } : verdict
}

function deleteVerdict(
  run: RetentionRun,
  policy: RetentionPolicy,
  { at, isOfLast }: RetentionFacts,
  archive: Verdict,
): Verdict {
  const { finishedAt, retainUntil } = run
  if (isDeleted(run)) return no('state', words.deleted(run))
  if (!isFinal(run.state) || finishedAt === null) return no('notFinished', words.unfinished(run))
  if (isOfLast) return heldOr(run, at, no('keepLast', words.ofLast(run, policy)))
  const { deleteAfterDays: days } = policy
  if (days === null) return heldOr(run, at, no('never', words.neverDeleted(policy)))
  const archived = archivedPart(run, policy, archive, at)
  if (archived === null) return heldOr(run, at, no('notArchived', words.neverFromArchive))
  const age = ageOf(finishedAt, days, words.deletedByAge(days, policy))
  const retained: Part[] =
    retainUntil === null ? [] : [{ at: retainUntil, rule: 'retained', because: words.retained(retainUntil) }]
  return latest(run, [age, ...archived, ...restoredPart(run, at), ...retained], at)
}

/** From when on it can be deleted as far as its archive goes; null: it never can. */
function archivedPart(
  { storageState, outputCount, archivedAt }: RetentionRun,
  { archiveAfterDays }: RetentionPolicy,
  archive: Verdict,
  at: string,
): Part[] | null {
  if (storageState === 'archived') {
    const kept = { rule: 'archivedLately' as const, because: words.archiveIsKept(SETTLE_DAYS) }
    return [{ at: addDays(archivedAt ?? at, SETTLE_DAYS), ...kept }]
  }
  if (hasNothingToArchive({ storageState, outputCount })) return []
  const made = { rule: 'notArchived' as const, because: words.fromArchiveAlone(SETTLE_DAYS) }
  if (storageState === 'archiving') return [{ at: addDays(at, SETTLE_DAYS), ...made }]
  if (archiveAfterDays === null) return null
  // It is held until it is released, which is what is said of it.
  if (archive.at === null) return []
  return [{ at: addDays(later(archive.at, at), SETTLE_DAYS), ...made }]
}

function restoredPart({ storageState, restoredAt }: RetentionRun, at: string): Part[] {
  const from = storageState === 'restoring' ? at : restoredAt
  if (from === null) return []
  const because = words.restored(from, SETTLE_DAYS)
  return [{ at: addDays(from, SETTLE_DAYS), rule: 'restoredLately', because }]
}

function purgeOf(run: RetentionRun, policy: RetentionPolicy, { at }: Verdict): string | null {
  if (isDeleted(run)) return run.purgeAfter
  if (at === null || policy.deletionStrategy === 'hard') return null
  return addDays(at, policy.deleteGraceDays)
}

const ageOf = (finishedAt: string, days: number, because: string): Part => ({
  at: addDays(finishedAt, days),
  rule: 'age',
  because,
})
const isDeleted = ({ storageState }: RetentionRun) =>
  storageState === 'deleting' || storageState === 'deleted'

function addDays(at: string, days: number): string {
  return new Date(Math.min(Date.parse(at) + days * DAY_MS, LAST_INSTANT)).toISOString()
}
