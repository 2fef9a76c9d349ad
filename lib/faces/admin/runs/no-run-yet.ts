import { html } from 'hono/html'
import { listRuns } from '../../../ledger/runs/list-runs.ts'
import type { Context } from '../../../ports/context.ts'
import { StorageState } from '../../../run/run.ts'
import { empty, panel } from '../parts/blocks.ts'

/** Whether there never was a run that this reader may know of, wherever its data is. */
export async function hasNoRun(ctx: Context): Promise<boolean> {
  const any = { storageState: [...StorageState.options], limit: 1 }
  return (await listRuns(ctx, any, { isBrief: true })).data.length === 0
}

/** What to do where there is none. */
export const noRunYet = () =>
  panel(
    'Track a first run',
    empty(
      'Nothing has run yet',
      html`Put this before any command, and what it prints, how long it takes and how it ends is kept here:<br />
        <code>npx runledger exec --kind hello -- echo hello</code><br />
        From another machine, set <code>RUNLEDGER_API_URL</code> and <code>RUNLEDGER_API_KEY</code> first.`,
    ),
  )
