import { html } from 'hono/html'
import { restoreRun } from '../../../ledger/archives/restore-run.ts'
import { listDeleted } from '../../../ledger/deletion/list-deleted.ts'
import type { RestorableRun } from '../../../run/deletion.ts'
import type { Page } from '../page.ts'
import { actFromList } from '../parts/act-from-list.ts'
import { empty, pager, panel, table } from '../parts/blocks.ts'
import { actionButton } from '../parts/form.ts'
import { stateBadge } from '../parts/state-badge.ts'
import { ago, time } from '../parts/times.ts'
import { bytes } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { storageFrame } from './storage-frame.ts'

/** What somebody waits for at most; the rest is done by the tick. */
const HERE = { budgetMs: 8_000, gzipOnly: true }

export const deletedPages: Page[] = [
  {
    method: 'get',
    path: paths.deletedRuns(),
    scope: 'admin',
    async handler({ ctx, query, reader }) {
      const { data, nextCursor } = await listDeleted(ctx, { cursor: query.cursor })
      const first = query.cursor === undefined ? null : paths.deletedRuns()
      return {
        title: 'Recently deleted',
        section: 'storage',
        body: storageFrame(
          'Recently deleted',
          'deleted',
          panel(
            'Runs that can be restored',
            html`${
              data.length === 0
                ? empty(
                    nextCursor !== null
                      ? 'None on this page; there may be older ones'
                      : query.cursor === undefined
                        ? 'No deleted run can be restored'
                        : 'None on this page',
                    'A run that is deleted softly stays here until its grace is over; one that is deleted for good never comes here.',
                  )
                : restorable(reader, data, query.cursor)
            }
            ${pager({ first, next: nextCursor === null ? null : paths.deletedRuns({ cursor: nextCursor }) })}`,
          ),
        ),
      }
    },
  },
  {
    method: 'post',
    path: paths.deletedRestore,
    scope: 'admin',
    async handler({ c, ctx, form }) {
      return await actFromList(c, paths.deletedRuns({ cursor: form.get('cursor') }), async () => {
        const { id, storageState } = await restoreRun(ctx, { id: form.get('id') ?? '' }, HERE)
        return storageState === 'restoring'
          ? `Run ${id} is being restored; it goes on by itself`
          : `Run ${id} is back, with its files where they were`
      })
    },
  },
]

function restorable(reader: Reader, runs: RestorableRun[], cursor = '') {
  return table({
    caption: 'Deleted runs that can be restored, the last deleted first',
    fold: true,
    columns: [
      'Run',
      'State',
      'Finished',
      'Deleted',
      'Because',
      { name: 'Bytes', right: true },
      'Gone for good',
      { name: 'Action', unseen: true },
    ],
    rows: runs.map(({ id, kind, state, finishedAt, deletedAt, deletionReason, purgeAfter, bytes: size }) => [
      html`<a href="${paths.run(id)}"><code class="id">${id}</code></a><br /><span class="dim">${kind}</span>`,
      stateBadge(state),
      time(reader, finishedAt),
      time(reader, deletedAt),
      html`<span class="words">${deletionReason ?? '–'}</span>`,
      size === 0 ? html`<span class="dim none">–</span>` : bytes(size),
      html`<strong>${ago(reader, purgeAfter)}</strong>`,
      actionButton(reader, {
        to: paths.deletedRestore,
        label: 'Restore',
        fields: { id, cursor },
        subject: `run ${id}`,
      }),
    ]),
  })
}
