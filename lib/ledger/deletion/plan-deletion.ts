import type { DueCandidate } from '../../ports/deletion-store.ts'
import { amountOf } from './delete-due.ts'
import type { DuePage } from './due-runs.ts'

/** What a pass would delete, as far as there was time to count. */
export interface DeletionPlan {
  runs: number
  bytes: number
  isWhole: boolean
  /** Some of them. */
  sample: string[]
}

const SAMPLE = 10

/** Counts what is due, and touches nothing. */
export async function planDeletion(
  pages: AsyncIterable<DuePage<DueCandidate>>,
  isOver: () => boolean,
): Promise<DeletionPlan> {
  const plan: DeletionPlan = { runs: 0, bytes: 0, isWhole: true, sample: [] }
  for await (const { due } of pages) {
    const { runs, bytes } = amountOf(due.map(({ run }) => run))
    plan.runs += runs
    plan.bytes += bytes
    plan.sample.push(...due.slice(0, SAMPLE - plan.sample.length).map(({ run }) => run.id))
    if (isOver()) return { ...plan, isWhole: false }
  }
  return plan
}
