import { html } from 'hono/html'
import { releaseRun } from '../../../ledger/retention/hold-run.ts'
import { listHolds } from '../../../ledger/retention/list-holds.ts'
import { type HeldRun, UNTIL_RELEASED } from '../../../run/hold.ts'
import type { Page } from '../page.ts'
import { actFromList } from '../parts/act-from-list.ts'
import { empty, pager, panel, table } from '../parts/blocks.ts'
import { askedAction } from '../parts/form.ts'
import { stateBadge, storageBadge } from '../parts/state-badge.ts'
import { ago, time } from '../parts/times.ts'
import { bytes } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { storageFrame } from './storage-frame.ts'

export const holdsPages: Page[] = [
  {
    method: 'get',
    path: paths.holds(),
    scope: 'admin',
    async handler({ ctx, query, reader }) {
      const { data, nextCursor } = await listHolds(ctx, { cursor: query.cursor })
      const first = query.cursor === undefined ? null : paths.holds()
      return {
        title: 'Holds',
        section: 'storage',
        body: storageFrame(
          'Holds',
          'holds',
          panel(
            'Runs that are held',
            html`${
              data.length === 0
                ? query.cursor !== undefined
                  ? empty('None on this page', html`<a href="${paths.holds()}">Back to the first</a>`)
                  : empty(
                      'No run is held',
                      html`A run that is held is neither archived away nor deleted, whatever the policies say. Hold one on its own
                      page, or with <code>runledger runs hold &lt;id&gt; --reason "…"</code>.`,
                    )
                : holds(reader, data, query.cursor)
            }
            ${pager({ first, next: nextCursor === null ? null : paths.holds({ cursor: nextCursor }) })}`,
          ),
        ),
      }
    },
  },
  {
    method: 'post',
    path: paths.holdRelease,
    scope: 'admin',
    async handler({ c, ctx, form }) {
      return await actFromList(c, paths.holds({ cursor: form.get('cursor') }), async () => {
        const { id } = await releaseRun(ctx, { id: form.get('id') ?? '', reason: form.get('reason') })
        return `Run ${id} is held no longer: the policies count for it again`
      })
    },
  },
]

function holds(reader: Reader, held: HeldRun[], cursor = '') {
  return table({
    caption: 'Runs that are held, those whose hold ends first before the rest',
    fold: true,
    columns: [
      'Run',
      'Reason',
      'By',
      'Since',
      'Until',
      'Run is',
      'Data is',
      { name: 'Bytes', right: true },
      { name: 'Action', unseen: true },
    ],
    rows: held.map((one) => [
      html`<a href="${paths.run(one.runId)}"><code class="id">${one.runId}</code></a><br /><span class="dim">${one.kind}</span>`,
      html`<span class="words">${one.reason}</span>`,
      one.heldBy,
      time(reader, one.heldAt),
      one.until === UNTIL_RELEASED
        ? 'it is released'
        : html`${time(reader, one.until)}<br />${ago(reader, one.until)}`,
      stateBadge(one.state),
      storageBadge(one.storageState),
      one.bytes === 0 ? html`<span class="dim none">–</span>` : bytes(one.bytes),
      askedAction(
        reader,
        {
          to: paths.holdRelease,
          label: 'Release',
          fields: { id: one.runId, cursor },
          subject: `run ${one.runId}`,
        },
        html`<p>The policies count for it again: it may be archived or deleted with the next sweep.</p>
          <p><label>Reason <input type="text" name="reason" maxlength="500" /></label></p>`,
      ),
    ]),
  })
}
