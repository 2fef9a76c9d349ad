import { html } from 'hono/html'
import { getCronExecution } from '../../../ledger/cron/cron-executions.ts'
import { type ListOutputs, listOutputs, type OutputPage } from '../../../ledger/outputs/list-outputs.ts'
import { explainRetention } from '../../../ledger/retention/explain-retention.ts'
import { getRun } from '../../../ledger/runs/get-run.ts'
import { listRunEvents } from '../../../ledger/runs/list-run-events.ts'
import { typicalDurations } from '../../../ledger/runs/typical-durations.ts'
import type { Context } from '../../../ports/context.ts'
import type { CronExecution } from '../../../run/cron-execution.ts'
import { isLedgerError } from '../../../run/errors.ts'
import type { Run } from '../../../run/run.ts'
import { isFinal } from '../../../run/transitions.ts'
import type { Page, PageCall, View } from '../page.ts'
import { panel } from '../parts/blocks.ts'
import { stateBadge } from '../parts/state-badge.ts'
import { paths } from '../paths.ts'
import { isAdmin } from '../reader.ts'
import { listedWith } from '../runs/listed-with.ts'
import { type Refused, refusedAction, storageButtons, workButtons } from './actions/index.ts'
import { deletedBanner } from './deleted-banner.ts'
import { inputView } from './input-view.ts'
import { lifecycle } from './lifecycle.ts'
import { logPanel } from './log/log-panel.ts'
import { outcome } from './outcome.ts'
import { outputsAside, outputsView } from './outputs.ts'
import { sameErrorOf } from './same-error.ts'
import { streakOf } from './streak.ts'
import { runFacts, runFigures } from './summary.ts'
import { timeline } from './timeline.ts'

const REFRESH_SECONDS = 2
const EVENTS = 50

/** One run: how it ended and why first, then all that is known of it. */
export const runPage: Page = {
  method: 'get',
  path: paths.run('{id}'),
  scope: 'runs:read',
  handler: (call) => showRun(call),
  isLive: true,
}

/** The page; also after something was refused, which it says then, and does not change by itself. */
export async function showRun(call: PageCall, refused?: Refused): Promise<View> {
  const { ctx, params, query, reader } = call
  const id = params.id ?? ''
  const run = await getRun(ctx, { id })
  const [events, outputs, typical, streak, sameError, retention, execution, log] = await Promise.all([
    listRunEvents(ctx, { id, after: query.events, limit: EVENTS }),
    filesOf(ctx, { id, cursor: query.files }),
    typicalDurations(ctx, { kinds: [run.kind] }),
    streakOf(ctx, run),
    sameErrorOf(ctx, run),
    isAdmin(reader) ? explainRetention(ctx, { id }) : null,
    isAdmin(reader) ? executionOf(ctx, run) : null,
    logPanel(call, run),
  ])
  const body = html`<p class="crumbs"><a href="${paths.runs()}">Runs</a> <a href="${listedWith(reader, run, { kind: run.kind })}">${run.kind}</a></p>
    <div class="page-head">
      <h1>${run.name ?? run.kind}</h1>
      <div class="aside">${badgeOf(run)} <code class="id">${id}</code></div>
      ${workButtons(run, reader)}
    </div>
    ${refused === undefined ? '' : refusedAction(run, reader, refused)}
    ${deletedBanner(reader, run, events.data)}
    ${outcome(reader, run, { streak, sameError })}
    ${runFigures(reader, run, typical.get(run.kind))}
    ${panel('About', runFacts(reader, run, execution), { id: 'about' })}
    ${log}
    <div class="columns">
      ${panel('Timeline', timeline(reader, id, { ...events, after: query.events }), { id: 'timeline' })}
      ${panel('Lifecycle', html`${lifecycle(reader, run, retention)}${storageButtons(run, reader)}`, { id: 'lifecycle' })}
    </div>
    ${panel('Files', outputsView(reader, run, outputs), { id: 'files', aside: outputsAside(run, outputs) })}
    ${panel('Input', inputView(run), { id: 'input' })}`
  const isDeleted = run.storageState === 'deleted'
  const title = `${run.name ?? run.kind}: ${isDeleted ? 'deleted, ' : ''}${run.state}`
  const isLive = refused === undefined && isMoving(run)
  return { title, section: 'runs', body, ...(isLive ? { refresh: REFRESH_SECONDS } : {}) }
}

/** Whether something about it may change by itself any moment. */
const isMoving = ({ state, storageState }: Run) => !isFinal(state) || storageState.endsWith('ing')

const badgeOf = ({ state, cancelRequestedAt }: Run) =>
  stateBadge(state === 'running' && cancelRequestedAt !== null ? 'asked to stop' : state)

/** While a run is being restored all of its project see it, and its files are still for its maker and admins: the words that say so. */
async function filesOf(ctx: Context, input: ListOutputs): Promise<OutputPage | string> {
  return await listOutputs(ctx, input).catch((error: unknown) => {
    if (isLedgerError(error) && error.code === 'forbidden') return error.message
    throw error
  })
}

/** The execution of the cron job that made it; null where there is none, or none any more. */
async function executionOf(ctx: Context, { cronExecutionId }: Run): Promise<CronExecution | null> {
  if (cronExecutionId === null) return null
  return await getCronExecution(ctx, { id: cronExecutionId }).catch(() => null)
}
