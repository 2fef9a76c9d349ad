import { html } from 'hono/html'
import { listRuns } from '../../../ledger/runs/list-runs.ts'
import type { Context } from '../../../ports/context.ts'
import { LIMITS } from '../../../run/limits.ts'
import type { Run } from '../../../run/run.ts'
import { counted } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { plainRunError } from './plain-error.ts'

/** How often runs of a kind have failed in the last 7 days with the same words. */
export interface SameError {
  times: number
  /** Those before were not looked at. */
  isMore: boolean
}

const DAYS = 7
const DAY_MS = 86_400_000

/** Among the last 100 failures of its kind that are listed, by the first line of the error; null of a run that has none. */
export async function sameErrorOf(ctx: Context, run: Run): Promise<SameError | null> {
  const said = firstLine(run)
  if (run.state !== 'failed' || said === '') return null
  const since = new Date(ctx.now() - DAYS * DAY_MS).toISOString()
  const failed = { kind: run.kind, state: ['failed' as const], since, limit: LIMITS.pageSize }
  const { data, nextCursor } = await listRuns(ctx, failed, { isBrief: true })
  const alike = data.filter((one) => one.projectId === run.projectId && firstLine(one) === said)
  return { times: alike.length, isMore: nextCursor !== null }
}

const firstLine = ({ error }: Run) =>
  plainRunError(error ?? '')
    .split('\n')[0]
    ?.trim() ?? ''

/** With a link to all failures of the kind in that time; nothing where it is the only one. */
export function sameErrorWords({ kind }: Run, same: SameError | null) {
  if (same === null || same.times < 2) return ''
  const times = `${same.isMore ? 'at least ' : ''}${counted(same.times, 'time')}`
  return html`<p>The same error ${times} in ${DAYS} days: <a href="${paths.runs({ range: '7d', state: 'failed', kind })}">all failures of ${kind}</a>.</p>`
}
