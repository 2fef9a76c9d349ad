import type { Amount, RetentionPlan } from '../../run/retention-plan.ts'
import type { VerdictRule } from '../../run/retention-verdict.ts'
import { plainLine } from './plain-text.ts'
import { spokenBytes, spokenInstant } from './spoken-time.ts'
import { type Column, type TableOptions, table } from './table.ts'

/** A plan as people read it. */
export function planInWords(plan: RetentionPlan, options: TableOptions): string {
  const { paint } = options
  const examined = `of ${plan.examined.toLocaleString('en')} ${plan.examined === 1 ? 'run' : 'runs'} old enough for any rule`
  const head = `${paint('bold', `By ${spokenInstant(plan.at)}`)}, ${examined}`
  const sums = [
    `  archived  ${amount(plan.archive)}`,
    `  deleted   ${amount(plan.delete)}`,
    ...plan.kept.map(({ rule, ...kept }) => `  kept      ${amount(kept)} ${paint('dim', KEPT[rule])}`),
  ]
  const kinds = plan.kinds.slice(0, KINDS_SHOWN)
  const left = plan.kinds.length - kinds.length
  const rest = left > 0 ? [paint('dim', `and ${left} kinds more: --json has them`)] : []
  const sample = plan.delete.sample
    .slice(0, SAMPLE_SHOWN)
    .map(({ runId, because }) => `  ${runId}  ${plainLine(because)}`)
  return [
    head,
    ...sums,
    ...(kinds.length === 0 ? [] : ['', table(COLUMNS, kinds, options), ...rest]),
    ...(sample.length === 0 ? [] : ['', paint('bold', 'Among the deleted'), ...sample]),
  ].join('\n')
}

const KINDS_SHOWN = 20
const SAMPLE_SHOWN = 3

const amount = ({ runs, bytes }: Amount) =>
  `${runs.toLocaleString('en')} ${runs === 1 ? 'run' : 'runs'}, ${spokenBytes(bytes)}`

type Kind = RetentionPlan['kinds'][number]
const number =
  (of: (kind: Kind) => Amount): Column<Kind>['cell'] =>
  (kind) =>
    of(kind).runs.toLocaleString('en')
const COLUMNS: Column<Kind>[] = [
  { head: 'KIND', cell: ({ kind }) => kind, min: 16 },
  { head: 'ARCHIVED', cell: number(({ archive }) => archive), align: 'right' },
  { head: 'DELETED', cell: number((kind) => kind.delete), align: 'right' },
  { head: 'FREED', cell: (kind) => spokenBytes(kind.delete.bytes), align: 'right', rank: 1 },
]

/** Why something is kept that is old enough. */
const KEPT: Record<VerdictRule, string> = {
  age: '(not old enough)',
  never: '(never deleted, by a rule)',
  held: '(held)',
  notFinished: '(not finished)',
  keepLast: '(of the last of their kind)',
  retained: '(somebody asked to keep them for longer)',
  restoredLately: '(restored lately)',
  archivedLately: '(archived less than a week before)',
  notArchived: '(to be archived first)',
  nothingToArchive: '(nothing to archive)',
  state: '(being archived or restored)',
}
