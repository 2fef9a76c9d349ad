import { html } from 'hono/html'
import type { Context } from '../../../../ports/context.ts'
import { isLedgerError } from '../../../../run/errors.ts'
import type { Run } from '../../../../run/run.ts'
import type { Html, PageCall } from '../../page.ts'
import { panel } from '../../parts/blocks.ts'
import { paths } from '../../paths.ts'
import { logBox } from './log-box.ts'
import { logFiles } from './log-page.ts'
import { type LogWindow, readWindow } from './read-window.ts'
import { searchForm } from './search-form.ts'

/** To read the end of a log in an archive, what is before it there is unpacked: of one this long, not before the page is there. */
const LONG_BYTES = 16 * 1024 * 1024

/** The end of a run's log on its page, and the way to all of it. */
export async function logPanel(call: PageCall, run: Run): Promise<Html> {
  const { ctx, reader, c } = call
  const { id } = run
  if (run.storageState === 'deleting' || run.storageState === 'deleted')
    return panel('Log', html`<p class="dim">It was deleted.</p>`, { id: 'log-panel' })
  // What is live about a page leaves the log alone: nobody would see it.
  const isSeen = c.req.path !== paths.liveRoute
  const read = isSeen && !isLong(run) ? await readEnd(ctx, id) : null
  const body =
    typeof read === 'string'
      ? html`<p class="problem">${read}</p>`
      : html`<div class="log-head">${searchForm(id)} ${logFiles(run)} <a href="${paths.runLog(id)}">Whole page</a></div>
        ${logBox(reader, { run, window: read })}`
  return panel('Log', body, { id: 'log-panel' })
}

const isLong = ({ logBytes, storageState }: Run) => logBytes > LONG_BYTES && storageState === 'archived'

/** Where it cannot be read now, the rest of the page is still worth seeing. */
async function readEnd(ctx: Context, id: string): Promise<LogWindow | string> {
  try {
    return await readWindow(ctx, id, { at: undefined, before: undefined, from: undefined })
  } catch (error) {
    if (isLedgerError(error)) return error.message
    throw error
  }
}
