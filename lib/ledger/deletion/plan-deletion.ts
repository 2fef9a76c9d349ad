import type { Context } from '../../ports/context.ts'
import { amountOf } from './delete-due.ts'
import { type DueScope, dueBriefs } from './due-runs.ts'

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
  ctx: Context,
  scope: DueScope,
  isOver: () => boolean,
): Promise<DeletionPlan> {
  const plan: DeletionPlan = { runs: 0, bytes: 0, isWhole: true, sample: [] }
  for await (const due of dueBriefs(ctx, scope)) {
    const { runs, bytes } = amountOf(due.map(({ run }) => run))
    plan.runs += runs
    plan.bytes += bytes
    plan.sample.push(...due.slice(0, SAMPLE - plan.sample.length).map(({ run }) => run.id))
    if (isOver()) return { ...plan, isWhole: false }
  }
  return plan
}
