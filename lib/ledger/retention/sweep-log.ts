import type { Context } from '../../ports/context.ts'
import { sweepLines } from '../../run/sweep-lines.ts'
import { requireScope } from '../require-scope.ts'
import { type GetSweep, getSweep } from './sweeps.ts'

/** What one sweep has to tell, line by line, as the log of cleanups tells of each. Throws `not_found`. */
export async function readSweepLog(ctx: Context, input: GetSweep): Promise<string> {
  requireScope(ctx, 'admin')
  return sweepLines(await getSweep(ctx, input)).join('')
}
