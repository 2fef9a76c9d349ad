import { html } from 'hono/html'
import { REQUEST_STORAGE } from '../../../../http/request-storage.ts'
import { archiveRun } from '../../../../ledger/archives/archive-run.ts'
import { restoreRun } from '../../../../ledger/archives/restore-run.ts'
import type { Run } from '../../../../run/run.ts'
import { isFinal } from '../../../../run/transitions.ts'
import { isAdmin, mayWrite, type Reader } from '../../reader.ts'
import { isHeldNow } from '../held-now.ts'
import type { RunAction } from './run-action.ts'

/** What can be done about where a run's files are; also by whoever made it. */
export const storageActions: RunAction[] = [
  {
    name: 'archive',
    label: 'Archive',
    confirm: 'Archive the run',
    scope: 'runs:write',
    isOffered: (run, reader) =>
      isMaker(run, reader) &&
      isFinal(run.state) &&
      run.storageState === 'active' &&
      !isHeldNow(run, reader) &&
      run.logBytes + run.outputCount > 0,
    asked: () =>
      html`<p>Its log and files go into one compressed archive, which is read back before they are removed.</p>`,
    async act(ctx, id) {
      const { storageState } = await archiveRun(ctx, { id }, REQUEST_STORAGE)
      return { say: storageState === 'archived' ? 'The run is archived.' : 'It is being archived.' }
    },
  },
  {
    name: 'restore',
    label: 'Restore',
    confirm: 'Restore the run',
    scope: 'runs:write',
    isOffered: (run, reader) =>
      run.storageState === 'archived'
        ? isMaker(run, reader)
        : run.storageState === 'deleted' && isAdmin(reader) && isInGrace(run.purgeAfter, reader),
    asked: () => html`<p>Its log and files are put back to where they were, byte for byte.</p>`,
    async act(ctx, id) {
      const { storageState } = await restoreRun(ctx, { id }, REQUEST_STORAGE)
      return { say: storageState === 'active' ? 'The run is restored.' : 'It is being restored.' }
    },
  },
]

/** Whether what is deleted can still be brought back. */
export const isInGrace = (purgeAfter: string | null, { now }: Reader) =>
  purgeAfter !== null && Date.parse(purgeAfter) > now

const isMaker = ({ createdBy }: Run, reader: Reader) =>
  isAdmin(reader) || (mayWrite(reader) && createdBy === reader.actor.name)
