import { html } from 'hono/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { z } from 'zod'
import { toProblem } from '../../../../http/problem.ts'
import { type LogMatches, SearchLog, searchLog } from '../../../../ledger/logs/search-log.ts'
import { parseInput } from '../../../../ledger/parse-input.ts'
import { getRun } from '../../../../ledger/runs/get-run.ts'
import type { Context } from '../../../../ports/context.ts'
import { isLedgerError, type LedgerError } from '../../../../run/errors.ts'
import type { Run } from '../../../../run/run.ts'
import type { Page } from '../../page.ts'
import { stateBadge } from '../../parts/state-badge.ts'
import { bytes } from '../../parts/words.ts'
import { paths } from '../../paths.ts'
import { logBox } from './log-box.ts'
import { askedWindow, readWindow } from './read-window.ts'
import { foundLines, refusedSearch, searchForm } from './search-form.ts'

const Asked = z.object({ q: z.string().default(''), searchFrom: SearchLog.shape.from.default(0) })

/** A log by itself: any part of it, what is found in all of it, and a place for each of its lines. */
export const logPage: Page = {
  method: 'get',
  path: paths.runLog('{id}'),
  scope: 'runs:read',
  async handler({ c, ctx, params, query, reader }) {
    const id = params.id ?? ''
    const { q, searchFrom: from } = parseInput(Asked, query)
    const asked = askedWindow(query)
    const run = await getRun(ctx, { id })
    // Whoever searches is shown where it is found, and goes there.
    const found = q === '' ? null : await search(ctx, { id, q, from })
    const window = found === null ? await readWindow(ctx, id, asked) : null
    const refused = isLedgerError(found) ? found : null
    const { retryAfterSeconds } = refused ?? {}
    if (retryAfterSeconds !== undefined) c.header('Retry-After', String(retryAfterSeconds))
    return {
      title: `Log of ${run.kind}`,
      section: 'runs',
      status: refused === null ? 200 : (toProblem(refused, ctx.requestId).status as ContentfulStatusCode),
      body: html`<p class="crumbs"><a href="${paths.runs()}">Runs</a> <a href="${paths.run(id)}">${run.name ?? run.kind}</a></p>
        <div class="page-head">
          <h1>Log</h1>
          <div class="aside">${stateBadge(run.state)} <span class="dim">${bytes(window?.total ?? run.logBytes)}</span></div>
        </div>
        <div class="log-head">${searchForm(id, { q, isRefused: refused !== null })} ${logFiles(run)}</div>
        ${
          found === null
            ? logBox(reader, { run, window, marked: asked.at, isTall: true })
            : isLedgerError(found)
              ? refusedSearch({ runId: id, q, from, problem: found.message })
              : foundLines(reader, { runId: id, q, found, from })
        }`,
    }
  },
}

/** What is said beside the form, so that what was typed stays where it is. */
const SHOWN = new Set<LedgerError['code']>(['invalid', 'limited', 'unavailable'])

async function search(ctx: Context, asked: SearchLog): Promise<LogMatches | LedgerError> {
  try {
    return await searchLog(ctx, asked)
  } catch (error) {
    if (isLedgerError(error) && SHOWN.has(error.code)) return error
    throw error
  }
}

/** The whole log as a file, as it is kept or as it was printed. */
export const logFiles = ({ id }: Run) => html`<div class="log-files">
  <a href="${paths.runLogFile(id)}" download>Download</a>
  <a href="${paths.runLogFile(id, { format: 'raw' })}" download>without times</a>
</div>`
