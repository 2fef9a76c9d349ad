import { z } from 'zod'
import type { StoragePosition } from '../../ports/archive-store.ts'
import type { Context } from '../../ports/context.ts'

const Left = z.object({ finishedAt: z.iso.datetime(), id: z.string() })
const LAST = 20

/** Where the last archive sweep was stopped, so that the next one goes on; undefined where it was through. */
export async function lastPlace(ctx: Context): Promise<StoragePosition | undefined> {
  const sweeps = await ctx.sweeps.list({ kind: 'archive', limit: LAST })
  const last = sweeps.find(({ dryRun, status }) => !dryRun && status !== 'running')
  return Left.safeParse(last?.plan.left).data
}
