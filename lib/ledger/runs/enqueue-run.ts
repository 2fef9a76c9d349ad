import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { Inserted, NewRun } from '../../ports/run-store.ts'
import { attempt, isLedgerError, LedgerError } from '../../run/errors.ts'
import { ProjectId, RunKind } from '../../run/ids.ts'
import { Instant } from '../../run/instant.ts'
import { LIMITS } from '../../run/limits.ts'
import { DEFAULT_PRIORITY, Labels, Priority, type Run } from '../../run/run.ts'
import { takeTokens } from '../limits/take-tokens.ts'
import { batchOf, parseInput } from '../parse-input.ts'
import { projectFor } from '../project.ts'
import { requireScope } from '../require-scope.ts'
import { IdempotencyKey, idempotencyHash } from './idempotency.ts'
import { findSecrets, refuseSecrets } from './refuse-secrets.ts'
import { RunInput, RunName } from './run-input.ts'
import { queueTopic } from './watch-queue.ts'

/** What a run is made of, before it is one. */
export const EnqueueRun = z
  .strictObject({
    kind: RunKind,
    projectId: ProjectId.nullable()
      .optional()
      .meta({ description: 'Default: the key’s own project, else none' }),
    input: RunInput.optional(),
    priority: Priority.default(DEFAULT_PRIORITY).meta({ description: '3 is taken first, 0 last' }),
    runAt: Instant.optional().meta({ description: 'Not before this instant. Default: now' }),
    maxAttempts: z.number().int().min(1).max(LIMITS.maxAttempts).default(1),
    timeoutSeconds: z.number().int().min(1).max(LIMITS.timeoutSeconds).optional(),
    name: RunName.optional(),
    labels: Labels.default({}),
  })
  .meta({ id: 'EnqueueRun' })

/** One of a batch; its idempotency key stands beside the rest. */
export const EnqueueItem = EnqueueRun.extend({ idempotencyKey: IdempotencyKey.optional() }).meta({
  id: 'EnqueueItem',
})
export type EnqueueItem = z.input<typeof EnqueueItem>

type Parsed = z.output<typeof EnqueueItem>

export interface Enqueued {
  run: Run
  /** True when the key had been used for the same body before: nothing was added. */
  replayed: boolean
}

/**
 * Adds a run to the queue. The same idempotency key and body gives the first run back; another body is
 * `invalid`. Throws `invalid` (also for secrets in `input`), `limited`. Source 004.
 */
export async function enqueueRun(ctx: Context, input: EnqueueItem): Promise<Enqueued> {
  requireScope(ctx, 'runs:write')
  const item = parseInput(EnqueueItem, input)
  return settle(item, await insertRun(ctx, item))
}

/** Adds the run, or finds the one that has its key, whatever body that was for. */
export async function insertRun(ctx: Context, item: Parsed): Promise<Inserted> {
  await takeTokens(ctx, 'enqueue', 1)
  await refuseSecrets(ctx.secrets, { input: item.input, name: item.name, labels: item.labels })
  const [answer] = (await ctx.runs.insert([toNewRun(ctx, item)])) as [Inserted]
  announce(ctx, answer)
  return answer
}

const BATCH = batchOf(LIMITS.enqueueBatch)

/**
 * Adds up to 1,000 runs at once; each answer, in order, is a run or the error that kept it out.
 * A batch counts its runs / 10 against the rate limit. Throws only when nothing could be tried.
 */
export async function enqueueRuns(ctx: Context, inputs: unknown[]): Promise<(Enqueued | LedgerError)[]> {
  requireScope(ctx, 'runs:write')
  parseInput(BATCH, inputs)
  await takeTokens(ctx, 'enqueue', inputs.length / 10)
  const items = inputs.map((input) => attempt(() => parseInput(EnqueueItem, input)))
  const secrets = await findSecrets(
    ctx.secrets,
    items.map((item) =>
      isLedgerError(item) ? null : { input: item.input, name: item.name, labels: item.labels },
    ),
  )
  const ready = items.map((item, n) => {
    if (isLedgerError(item)) return item
    return secrets[n] ?? attempt(() => ({ item, run: toNewRun(ctx, item) }))
  })
  const answers = await ctx.runs.insert(ready.flatMap((one) => (isLedgerError(one) ? [] : [one.run])))
  return ready.map((one) => {
    if (isLedgerError(one)) return one
    const answer = answers.shift() as Inserted
    announce(ctx, answer)
    return attempt(() => settle(one.item, answer))
  })
}

function toNewRun(ctx: Context, { idempotencyKey, ...body }: Parsed): NewRun {
  const projectId = projectFor(ctx.actor, body.projectId)
  return {
    id: ctx.newId(),
    projectId,
    kind: body.kind,
    name: body.name ?? null,
    input: body.input ?? null,
    idempotencyKey: idempotencyKey ?? null,
    idempotencyHash: idempotencyKey === undefined ? null : idempotencyHash({ ...body, projectId }),
    maxAttempts: body.maxAttempts,
    priority: body.priority,
    runAt: body.runAt ?? { inMs: 0 },
    timeoutSeconds: body.timeoutSeconds ?? null,
    labels: body.labels,
    createdBy: ctx.actor.name,
  }
}

function announce(ctx: Context, { run, inserted }: Inserted): void {
  if (inserted) ctx.signals.emit(queueTopic(run.projectId))
}

function settle({ idempotencyKey, ...body }: Parsed, answer: Inserted): Enqueued {
  const { run, inserted } = answer
  if (!inserted && answer.idempotencyHash !== idempotencyHash({ ...body, projectId: run.projectId }))
    throw new LedgerError(
      'invalid',
      `the idempotency key ${idempotencyKey} was used for another body, for run ${run.id}; take a new key or send the same body`,
    )
  return { run, replayed: !inserted }
}
