import type { RetentionRule, RetentionTerm, RetentionTerms } from '../../../run/retention-policy.ts'
import { count, counted } from '../parts/words.ts'

/** What each term is called. */
export const TERM_NAMES: Record<RetentionTerm, string> = {
  archiveAfterDays: 'Archived after',
  deleteAfterDays: 'Deleted after',
  deleteGraceDays: 'Grace',
  deletionStrategy: 'Deleted',
  keepLast: 'Always kept',
}

const days = (value: number | null) => (value === null ? 'never' : counted(value, 'day'))

/** One term in words. */
export const TERM_WORDS: { [T in RetentionTerm]: (value: RetentionTerms[T]) => string } = {
  archiveAfterDays: days,
  deleteAfterDays: days,
  deleteGraceDays: days,
  deletionStrategy: (value) => (value === 'soft' ? 'softly' : 'for good'),
  keepLast: (value) => (value === 0 ? 'none' : `the last ${count(value)}`),
}

/** What a rule says: `archived after 3 days, deleted after 90 days`. */
export function ruleInWords(rule: RetentionRule): string {
  const { archiveAfterDays, deleteAfterDays, deleteGraceDays, deletionStrategy, keepLast } = rule
  return [
    archiveAfterDays === undefined ? [] : `archived after ${days(archiveAfterDays)}`,
    deleteAfterDays === undefined ? [] : `deleted after ${days(deleteAfterDays)}`,
    deleteGraceDays === undefined ? [] : `a grace of ${days(deleteGraceDays)}`,
    deletionStrategy === undefined ? [] : `deleted ${TERM_WORDS.deletionStrategy(deletionStrategy)}`,
    keepLast === undefined ? [] : `keeps ${TERM_WORDS.keepLast(keepLast)} of a kind`,
  ]
    .flat()
    .join(', ')
    .replaceAll('after never', 'never')
}
