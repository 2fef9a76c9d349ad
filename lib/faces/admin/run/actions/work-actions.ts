import { html } from 'hono/html'
import { cancelRun } from '../../../../ledger/runs/cancel-run.ts'
import { retryRun } from '../../../../ledger/runs/retry-run.ts'
import { isFinal } from '../../../../run/transitions.ts'
import { field } from '../../parts/form.ts'
import { mayWrite } from '../../reader.ts'
import type { Asked, RunAction } from './run-action.ts'

/** What can be done about how a run goes. */
export const workActions: RunAction[] = [
  {
    name: 'cancel',
    label: 'Cancel',
    confirm: 'Cancel the run',
    tone: 'danger',
    scope: 'runs:write',
    isOffered: ({ state, cancelRequestedAt }, reader) =>
      mayWrite(reader) && !isFinal(state) && cancelRequestedAt === null,
    asked: (asked) =>
      html`<p>${
        asked.run.state === 'running'
          ? 'Its worker is told at its next heartbeat, and stops it.'
          : 'It waits in the queue, and is taken out at once.'
      }</p>${reasonField(asked)}`,
    async act(ctx, id, form) {
      const { state } = await cancelRun(ctx, { id, reason: form.get('reason') })
      return { say: state === 'canceled' ? 'The run is canceled.' : 'The run is asked to stop.' }
    },
  },
  {
    name: 'retry',
    label: 'Retry',
    confirm: 'Retry the run',
    scope: 'runs:write',
    isOffered: ({ state, origin, storageState }, reader) =>
      mayWrite(reader) &&
      (state === 'failed' || state === 'canceled') &&
      origin === 'enqueued' &&
      storageState === 'active',
    asked: (asked) =>
      html`<p>It goes back into the queue, and its attempts are counted anew.</p>${reasonField(asked)}`,
    async act(ctx, id, form) {
      await retryRun(ctx, { id, reason: form.get('reason') })
      return { say: 'The run is queued again.' }
    },
  },
]

/** Asks why, in a person's words; they go into the run's history. */
export function reasonField({ field: fieldOf }: Asked, { required = false } = {}) {
  return field({ ...fieldOf('reason'), label: required ? 'Reason' : 'Reason (optional)', required })
}
