import { z } from 'zod'
import type { StoragePosition } from '../../ports/archive-store.ts'
import type { Context } from '../../ports/context.ts'
import { lastSweeps } from '../retention/last-sweeps.ts'

const Left = z.object({ finishedAt: z.iso.datetime(), id: z.string() })

/** Where the last archive sweep by the same policies was stopped, so that the next one goes on; undefined where it was through. */
export async function lastPlace(ctx: Context, policyHash: string): Promise<StoragePosition | undefined> {
  const last = (await lastSweeps(ctx, 'archive')).find(({ status }) => status !== 'running')
  return last?.policy.hash === policyHash ? Left.safeParse(last.plan.left).data : undefined
}
