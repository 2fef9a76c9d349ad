import type { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { Inserted } from '../../ports/run-store.ts'
import { DEFAULT_PRIORITY, type Run } from '../../run/run.ts'
import { parseInput } from '../parse-input.ts'
import { projectFor } from '../project.ts'
import { requireScope } from '../require-scope.ts'
import { EnqueueRun } from './enqueue-run.ts'
import { refuseSecrets } from './refuse-secrets.ts'

export const StartUnleased = EnqueueRun.pick({ kind: true, projectId: true, input: true, labels: true })
export type StartUnleased = z.input<typeof StartUnleased>

/**
 * Records a run that is running, and that nobody holds: its starter cannot send heartbeats. It is spoken of by its id
 * (`reportById`) for as long as it is running, and the stale sweep is what ends one that is never heard of again. Source 001.
 */
export async function startUnleased(ctx: Context, input: StartUnleased): Promise<Run> {
  requireScope(ctx, 'runs:work')
  const { kind, labels, ...asked } = parseInput(StartUnleased, input)
  await refuseSecrets(ctx.secrets, { input: asked.input, labels })
  const [answer] = await ctx.runs.insert([
    {
      id: ctx.newId(),
      projectId: projectFor(ctx.actor, asked.projectId),
      kind,
      name: null,
      input: asked.input ?? null,
      idempotencyKey: null,
      idempotencyHash: null,
      maxAttempts: 1,
      priority: DEFAULT_PRIORITY,
      runAt: { inMs: 0 },
      timeoutSeconds: null,
      labels,
      createdBy: ctx.actor.name,
      started: { workerId: ctx.actor.name, leaseSeconds: null, startedAt: null, pid: null },
    },
  ])
  return (answer as Inserted).run
}
