import { html } from 'hono/html'
import { deleteOrphans, listOrphans } from '../../../ledger/deletion/orphans.ts'
import { readIntegrity } from '../../../ledger/storage/read-integrity.ts'
import type { Orphan } from '../../../run/deletion.ts'
import { isLedgerError, type LedgerError } from '../../../run/errors.ts'
import type { Page, PageCall, View } from '../page.ts'
import { empty, pager, panel, table } from '../parts/blocks.ts'
import { csrfField, field } from '../parts/form.ts'
import { time } from '../parts/times.ts'
import { bytes, counted } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { sayNext } from '../session/cookies.ts'
import { incidentList } from './integrity.ts'
import { storageFrame } from './storage-frame.ts'

export const orphansPages: Page[] = [
  { method: 'get', path: paths.orphans(), scope: 'admin', handler: (call) => view(call) },
  {
    method: 'post',
    path: paths.orphans(),
    scope: 'admin',
    async handler(call) {
      const { c, ctx, form } = call
      const [keys, reason] = [form.all('key'), form.get('reason') ?? '']
      try {
        const { deleted, freedSpace, errors } = await deleteOrphans(ctx, { keys, reason })
        const left = errors.map(({ item, message }) => `${item} ${message}`).join('; ')
        sayNext(
          c,
          `${counted(deleted, 'object')} deleted, ${bytes(freedSpace)} freed${left === '' ? '' : `. Left: ${left}`}`,
        )
        return c.redirect(paths.orphans(), 303)
      } catch (error) {
        if (!isLedgerError(error) || error.code !== 'invalid') throw error
        return { ...(await view(call, { error, keys, reason })), status: 422 }
      }
    },
  },
]

interface Refused {
  error: LedgerError
  keys: string[]
  reason: string
}

async function view({ ctx, query, reader }: PageCall, refused?: Refused): Promise<View> {
  const [{ data, nextCursor }, { incidents }] = await Promise.all([
    listOrphans(ctx, { cursor: query.cursor }),
    readIntegrity(ctx),
  ])
  return {
    title: 'Orphans',
    section: 'storage',
    body: storageFrame(
      'Orphans',
      'orphans',
      html`${panel(
        'Objects that nobody knows',
        html`${
          data.length === 0
            ? empty(
                'No object is unknown',
                html`The <a href="${paths.sweeps({ kind: 'reconcile' })}">reconcile sweep</a> lists here what lies in the store for
                  more than 48 hours and is named by no run. It never deletes any of it.`,
              )
            : reviewed(reader, data, refused)
        }
        ${pager({
          first: query.cursor === undefined ? null : paths.orphans(),
          next: nextCursor === null ? null : paths.orphans({ cursor: nextCursor }),
        })}`,
      )}
      ${panel('Objects that are missing', incidentList(reader, incidents))}`,
    ),
  }
}

function reviewed(reader: Reader, orphans: Orphan[], refused?: Refused) {
  const ticked = new Set(refused?.keys)
  return html`<form method="post" action="${paths.orphans()}#refused">
    ${csrfField(reader)}
    <p>
      Older than 48 hours, and named by no row. Tick what may go; one that is known by then, or has changed, stays and is
      named.
    </p>
    ${refused === undefined ? '' : html`<p class="problem" role="alert" id="refused" tabindex="-1">${refused.keys.length === 0 ? 'tick at least one' : refused.error.message}</p>`}
    ${table({
      caption: 'Objects that nobody knows, in the order of their keys',
      fold: true,
      columns: ['Delete', 'Key', { name: 'Bytes', right: true }, 'Written', 'Found', 'Seen last', 'Of run'],
      rows: orphans.map(({ key, bytes: size, modifiedAt, foundAt, seenAt, runId }) => [
        html`<input type="checkbox" name="key" value="${key}" aria-label="${key}" ${ticked.has(key) ? html`checked` : ''} />`,
        html`<code>${key}</code>`,
        bytes(size),
        time(reader, modifiedAt),
        time(reader, foundAt),
        time(reader, seenAt),
        runId === null ? html`<span class="dim">–</span>` : html`<code>${runId}</code>`,
      ]),
    })}
    <div class="fields">
      ${field({ label: 'Reason', name: 'reason', value: refused?.reason, required: true, hint: 'kept in the audit, with the keys' })}
    </div>
    <button class="danger">Delete what is ticked, for good</button>
  </form>`
}
