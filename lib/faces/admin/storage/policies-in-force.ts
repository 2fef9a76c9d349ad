import { html } from 'hono/html'
import type { PoliciesInForce } from '../../../ledger/retention/policies.ts'
import {
  describeRule,
  RETENTION_TERMS,
  type RetentionRule,
  type RetentionTerm,
  type RetentionTerms,
} from '../../../run/retention-policy.ts'
import { panel, table } from '../parts/blocks.ts'
import { ago } from '../parts/times.ts'
import type { Reader } from '../reader.ts'
import { TERM_NAMES, TERM_WORDS } from './rule-words.ts'

/** What each default is set by. */
const VARIABLES: Record<RetentionTerm, string | null> = {
  archiveAfterDays: 'ARCHIVE_AFTER_DAYS',
  deleteAfterDays: 'DELETE_AFTER_DAYS',
  deleteGraceDays: 'DELETE_GRACE_DAYS',
  deletionStrategy: 'DELETION_STRATEGY',
  keepLast: null,
}

/** What counts now: the rules, most specific first, and what the configuration says of all else. */
export function policiesInForce(reader: Reader, policies: PoliciesInForce) {
  const { rules, defaults, problem } = policies
  return panel(
    'In force',
    html`${problem === null ? '' : html`<p class="problem" role="alert">${problem}</p>`}
      ${table({
        caption: 'Retention policies in force',
        fold: true,
        columns: ['For', ...RETENTION_TERMS.map((term) => TERM_NAMES[term])],
        rows: [
          ...rules.map((rule) => [describeRule(rule), ...RETENTION_TERMS.map((term) => ofRule(rule, term))]),
          [
            html`all other runs <span class="dim">(the configuration)</span>`,
            ...RETENTION_TERMS.map((term) => ofConfiguration(defaults, term)),
          ],
        ],
      })}
      <p class="hint">
        Of each term the most specific rule counts that says anything of it: one for the kind before one for the project
        before one for the state. A change counts for old runs too, from the next sweep on.
      </p>`,
    { aside: since(reader, policies) },
  )
}

function since(reader: Reader, { revision, setAt, setBy, reason }: PoliciesInForce) {
  if (revision === 0) return html`<span class="dim">No rule has been set yet</span>`
  return html`<span class="dim">
    Revision ${revision}, by ${setBy} ${ago(reader, setAt)}${reason === null ? '' : html`: “${reason}”`}
  </span>`
}

const ofRule = (rule: RetentionRule, term: RetentionTerm) =>
  rule[term] === undefined ? html`<span class="dim none">–</span>` : inWords(rule, term)

const ofConfiguration = (defaults: RetentionTerms, term: RetentionTerm) =>
  html`${inWords(defaults, term)}${VARIABLES[term] === null ? '' : html`<br /><code class="dim">${VARIABLES[term]}</code>`}`

/** One term, said as it is said of that term. */
function inWords(terms: RetentionRule | RetentionTerms, term: RetentionTerm): string {
  const { archiveAfterDays, deleteAfterDays, deleteGraceDays, deletionStrategy, keepLast } = terms
  switch (term) {
    case 'archiveAfterDays':
      return archiveAfterDays === undefined ? '' : TERM_WORDS.archiveAfterDays(archiveAfterDays)
    case 'deleteAfterDays':
      return deleteAfterDays === undefined ? '' : TERM_WORDS.deleteAfterDays(deleteAfterDays)
    case 'deleteGraceDays':
      return deleteGraceDays === undefined ? '' : TERM_WORDS.deleteGraceDays(deleteGraceDays)
    case 'deletionStrategy':
      return deletionStrategy === undefined ? '' : TERM_WORDS.deletionStrategy(deletionStrategy)
    case 'keepLast':
      return keepLast === undefined ? '' : TERM_WORDS.keepLast(keepLast)
  }
}
