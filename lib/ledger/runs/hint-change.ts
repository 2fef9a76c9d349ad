import type { Context } from '../../ports/context.ts'
import type { Run } from '../../run/run.ts'
import { isFinal } from '../../run/transitions.ts'
import { CRON_TOPIC } from '../cron/find-job.ts'
import { queueTopic } from './watch-queue.ts'

/** Wakes whoever waits for what this run has become: its followers, workers where it is queued again, cron where it began it. */
export function hintChange(
  { signals }: Context,
  { id, state, projectId, cronExecutionId }: Pick<Run, 'id' | 'state' | 'projectId' | 'cronExecutionId'>,
): void {
  signals.emit(`run:${id}`)
  if (state === 'queued') signals.emit(queueTopic(projectId))
  if (cronExecutionId !== null && isFinal(state)) signals.emit(CRON_TOPIC)
}
