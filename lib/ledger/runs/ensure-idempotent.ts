import type { Context } from '../../ports/context.ts'
import type { Run } from '../../run/run.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { EnqueueItem, insertRun } from './enqueue-run.ts'

/**
 * A run for this key: made by `factory` when there is none, else the one there is, whatever its body was.
 * `factory` is called also when there is one, since it names the project: it must only describe the run, not do its work.
 * Throws as `enqueueRun` does. Source 004.
 */
export async function ensureIdempotent(
  ctx: Context,
  idempotencyKey: string,
  factory: () => Omit<EnqueueItem, 'idempotencyKey'> | Promise<Omit<EnqueueItem, 'idempotencyKey'>>,
): Promise<Run> {
  requireScope(ctx, 'runs:write')
  const item = parseInput(EnqueueItem, { ...(await factory()), idempotencyKey })
  return (await insertRun(ctx, item)).run
}
