import { type RetentionRule, RetentionRules } from '../../../run/retention-policy.ts'
import type { Form } from '../page.ts'

/** What each field of a rule is called in the form, in the order it is shown. */
export const RULE_FIELDS = [
  'kind',
  'projectId',
  'state',
  'archiveAfterDays',
  'deleteAfterDays',
  'deleteGraceDays',
  'deletionStrategy',
  'keepLast',
] as const
export type RuleField = (typeof RULE_FIELDS)[number]

/** A rule as somebody typed it: all text. */
export interface TypedRule {
  values: Record<RuleField, string>
  isRemoved: boolean
}

/** What is wrong with which field; a whole rule is its `kind`. */
export interface TypedProblem {
  row: number
  field: RuleField
  message: string
}

export const MOST_RULES = 1_000
/** The runs of no project, as in a query. */
const NO_PROJECT = '-'
const NEVER = 'never'

export const fieldName = (row: number, field: RuleField | 'remove'): string => `${row}-${field}`

/** A line to fill in. */
export const blankRule = (): TypedRule => ({
  values: {
    kind: '',
    projectId: '',
    state: '',
    archiveAfterDays: '',
    deleteAfterDays: '',
    deleteGraceDays: '',
    deletionStrategy: '',
    keepLast: '',
  },
  isRemoved: false,
})

/** A rule as it is shown to be changed. */
export function typedOf(rule: RetentionRule): TypedRule {
  const { kind = '', projectId, state = '', archiveAfterDays, deleteAfterDays, deleteGraceDays } = rule
  const { deletionStrategy = '', keepLast } = rule
  return {
    values: {
      kind,
      projectId: projectId === undefined ? '' : (projectId ?? NO_PROJECT),
      state,
      archiveAfterDays: daysText(archiveAfterDays),
      deleteAfterDays: daysText(deleteAfterDays),
      deleteGraceDays: daysText(deleteGraceDays),
      deletionStrategy,
      keepLast: keepLast === undefined ? '' : String(keepLast),
    },
    isRemoved: false,
  }
}

const daysText = (days: number | null | undefined) =>
  days === undefined ? '' : days === null ? NEVER : String(days)

/** What the form holds, as it was typed. */
export function readTyped(form: Form): TypedRule[] {
  const rows = Math.min(Math.max(Math.floor(Number(form.get('rows') ?? 0)) || 0, 0), MOST_RULES)
  return Array.from({ length: rows }, (_, row) => {
    const rule = blankRule()
    for (const field of RULE_FIELDS) rule.values[field] = form.get(fieldName(row, field)) ?? ''
    return { ...rule, isRemoved: form.get(fieldName(row, 'remove')) !== undefined }
  })
}

/** The rules that were meant, without blank lines and those that are to go; or what is wrong with which. */
export function rulesOf(typed: TypedRule[]): { rules: RetentionRules } | { problems: TypedProblem[] } {
  const meant = typed.map((rule, row) => ({ ...rule, row })).filter(isMeant)
  const parsed = RetentionRules.safeParse(meant.map(({ values }) => toRule(values)))
  if (parsed.success) return { rules: parsed.data }
  return {
    problems: parsed.error.issues.map(({ path: [at, name], message }) => {
      const rule = meant[Number(at)]
      const field = RULE_FIELDS.find((one) => one === name) ?? 'kind'
      return { row: rule?.row ?? 0, field, message: noNumber(field, rule?.values[field]) ?? message }
    }),
  }
}

/** Of a field for a number that holds a word: what it may hold. */
function noNumber(field: RuleField, text = ''): string | undefined {
  if (/^\d+$/.test(text)) return undefined
  if (field === 'keepLast') return 'must be a number of runs'
  if (field === 'deleteGraceDays') return 'must be a number of days'
  return field.endsWith('Days') ? 'must be a number of days, or never' : undefined
}

const isMeant = ({ values, isRemoved }: TypedRule) =>
  !isRemoved && RULE_FIELDS.some((field) => values[field] !== '')

/** As the rule would be written; what cannot be right is refused by its schema. */
function toRule(values: TypedRule['values']): Record<string, unknown> {
  return Object.fromEntries(
    RULE_FIELDS.filter((field) => values[field] !== '').map((field) => [
      field,
      toValue(field, values[field]),
    ]),
  )
}

function toValue(field: RuleField, text: string): unknown {
  if (field === 'projectId') return text === NO_PROJECT ? null : text
  if (field === 'kind' || field === 'state' || field === 'deletionStrategy') return text
  if (text.toLowerCase() === NEVER && field !== 'keepLast' && field !== 'deleteGraceDays') return null
  return /^\d+$/.test(text) ? Number(text) : text
}
