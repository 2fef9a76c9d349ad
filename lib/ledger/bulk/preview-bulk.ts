import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { BulkAction, BulkIds, bulkRefusal } from '../../run/bulk.ts'
import type { Run } from '../../run/run.ts'
import { parseInput } from '../parse-input.ts'
import { putAwayBy, seesProject } from '../project.ts'
import { requireScope } from '../require-scope.ts'

export const PreviewBulk = z.strictObject({ action: BulkAction, ids: BulkIds })
export type PreviewBulk = z.input<typeof PreviewBulk>

/** What an action would come to. */
export interface BulkPreview {
  action: BulkAction
  /** In the order asked, without their inputs; `refusal`: why it would not happen. */
  runs: { run: Run; refusal: string | null }[]
  /** Of those it would happen to. */
  logBytes: number
  outputBytes: number
  /** Those there are none of, or that the actor may not know of. */
  missing: string[]
}

/** Says to which of these runs an action would happen, and to which not, and why. Nothing is done. */
export async function previewBulk(ctx: Context, input: PreviewBulk): Promise<BulkPreview> {
  requireScope(ctx, 'runs:write')
  const { action, ids } = parseInput(PreviewBulk, input)
  const [found, at] = await Promise.all([ctx.runs.get(ids, { isBrief: true }), ctx.retentionStore.now()])
  const known = found.filter((run) => run !== null && isKnown(ctx, run))
  const runs = known
    .filter((run) => run !== null)
    .map((run) => ({ run, refusal: bulkRefusal(action, run, at) }))
  const done = runs.filter(({ refusal }) => refusal === null)
  const seen = new Set(runs.map(({ run }) => run.id))
  return {
    action,
    runs,
    logBytes: done.reduce((sum, { run }) => sum + run.logBytes, 0),
    outputBytes: done.reduce((sum, { run }) => sum + run.outputBytes, 0),
    missing: ids.filter((id) => !seen.has(id)),
  }
}

const AWAY = new Set(['archived', 'deleting', 'deleted'])

function isKnown({ actor }: Context, { projectId, storageState, createdBy }: Run): boolean {
  const author = putAwayBy(actor)
  if (!seesProject(actor, projectId)) return false
  return author === undefined || author === createdBy || !AWAY.has(storageState)
}
