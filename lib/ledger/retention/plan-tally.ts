import type { FinishedRun } from '../../ports/retention-store.ts'
import { LIMITS } from '../../run/limits.ts'
import { type RetentionFacts, retentionBy } from '../../run/retention.ts'
import type { Amount, PlannedRun, RetentionPlan } from '../../run/retention-plan.ts'
import type { RetentionPolicy } from '../../run/retention-policy.ts'
import type { Verdict, VerdictRule } from '../../run/retention-verdict.ts'

/** A run, and everything it is judged by. */
export interface JudgedRun {
  run: FinishedRun
  policy: RetentionPolicy
  facts: RetentionFacts
}

/** What would happen to the runs counted so far by an instant. */
export interface PlanTally {
  at: string
  examined: number
  archive: Amount & { sample: PlannedRun[] }
  delete: Amount & { sample: PlannedRun[] }
  kept: Map<VerdictRule, Amount>
  kinds: Map<string, { archive: Amount; delete: Amount }>
}

/** One that has counted nothing yet. */
export function planTally(at: string): PlanTally {
  const planned = () => ({ ...none(), sample: [] })
  return { at, examined: 0, archive: planned(), delete: planned(), kept: new Map(), kinds: new Map() }
}

/** Counts a run. */
export function countPlanned(tally: PlanTally, { run, policy, facts }: JudgedRun): void {
  const { archive, delete: deletion } = retentionBy(run, policy, facts)
  const bytes = run.storageState === 'archived' ? (run.archiveBytes ?? 0) : run.logBytes + run.outputBytes
  tally.examined += 1
  if (isBy(tally, archive)) count(tally, 'archive', { run, verdict: archive, bytes })
  if (isBy(tally, deletion)) count(tally, 'delete', { run, verdict: deletion, bytes })
  else if (isOfAge(run, policy, tally.at)) grow(entryOf(tally.kept, deletion.rule, none), bytes)
}

/** The tally as a plan has it. */
export function planned({
  examined,
  archive,
  delete: deletion,
  ...tally
}: PlanTally): Pick<RetentionPlan, 'examined' | 'archive' | 'delete' | 'kept' | 'kinds'> {
  const kept = [...tally.kept].map(([rule, amount]) => ({ rule, ...amount })).sort((a, b) => b.runs - a.runs)
  const kinds = [...tally.kinds].map(([kind, amounts]) => ({ kind, ...amounts }))
  kinds.sort((a, b) => b.archive.runs + b.delete.runs - a.archive.runs - a.delete.runs)
  return { examined, archive, delete: deletion, kept, kinds: kinds.slice(0, LIMITS.statsKinds) }
}

interface Found {
  run: FinishedRun
  verdict: Verdict
  bytes: number
}

function count(tally: PlanTally, what: 'archive' | 'delete', { run, verdict, bytes }: Found): void {
  const { sample } = tally[what]
  grow(tally[what], bytes)
  grow(entryOf(tally.kinds, run.kind, () => ({ archive: none(), delete: none() }))[what], bytes)
  const { id: runId, kind, projectId } = run
  const { at, because } = verdict
  if (sample.length < SAMPLE && at !== null) sample.push({ runId, kind, projectId, at, because })
}

const SAMPLE = 10
const DAY_MS = 86_400_000
const none = (): Amount => ({ runs: 0, bytes: 0 })
const isBy = (tally: PlanTally, { at }: Verdict) => at !== null && at <= tally.at

function grow(amount: Amount, bytes: number): void {
  amount.runs += 1
  amount.bytes += bytes
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key) ?? make()
  map.set(key, found)
  return found
}

function isOfAge({ finishedAt }: FinishedRun, { deleteAfterDays }: RetentionPolicy, at: string): boolean {
  if (deleteAfterDays === null || finishedAt === null) return false
  return Date.parse(finishedAt) + deleteAfterDays * DAY_MS <= Date.parse(at)
}
