import type { DueCandidate } from '../../ports/deletion-store.ts'
import { amountOf } from './delete-due.ts'
import type { DuePage } from './due-runs.ts'
import { freedBy } from './freed-by.ts'

/** What a pass would delete, as far as there was time to count. */
export interface DeletionPlan {
  runs: number
  bytes: number
  isWhole: boolean
  /** Of which kinds they are: those with most of them first. */
  kinds: PlannedKind[]
  /** Some of them. */
  sample: string[]
}

export interface PlannedKind {
  kind: string
  runs: number
  bytes: number
}

const SAMPLE = 10
/** So many kinds are named. */
const KINDS = 20

/** Counts what is due, and touches nothing. */
export async function planDeletion(
  pages: AsyncIterable<DuePage<DueCandidate>>,
  isOver: () => boolean,
): Promise<DeletionPlan> {
  const plan: Omit<DeletionPlan, 'kinds'> = { runs: 0, bytes: 0, isWhole: true, sample: [] }
  const kinds = new Map<string, PlannedKind>()
  for await (const { due } of pages) {
    const { runs, bytes } = amountOf(due.map(({ run }) => run))
    plan.runs += runs
    plan.bytes += bytes
    plan.sample.push(...due.slice(0, SAMPLE - plan.sample.length).map(({ run }) => run.id))
    for (const { run } of due) countKind(kinds, run)
    if (isOver()) {
      plan.isWhole = false
      break
    }
  }
  const most = [...kinds.values()].sort((a, b) => b.runs - a.runs)
  return { ...plan, kinds: most.slice(0, KINDS) }
}

function countKind(kinds: Map<string, PlannedKind>, run: DueCandidate): void {
  const known = kinds.get(run.kind) ?? { kind: run.kind, runs: 0, bytes: 0 }
  known.runs += 1
  known.bytes += freedBy(run).bytes
  kinds.set(run.kind, known)
}
