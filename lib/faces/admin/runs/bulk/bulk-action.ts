import { html } from 'hono/html'
import { actOnRuns, type BulkResult } from '../../../../ledger/bulk/act-on-runs.ts'
import { previewBulk } from '../../../../ledger/bulk/preview-bulk.ts'
import { BulkAction } from '../../../../run/bulk.ts'
import { isLedgerError } from '../../../../run/errors.ts'
import type { Run } from '../../../../run/run.ts'
import type { PageCall, View } from '../../page.ts'
import { panel, table } from '../../parts/blocks.ts'
import { csrfField } from '../../parts/form.ts'
import { badge } from '../../parts/state-badge.ts'
import { withShortTimes, withTimes } from '../../parts/times.ts'
import { count, counted } from '../../parts/words.ts'
import { paths } from '../../paths.ts'
import type { Reader } from '../../reader.ts'
import { sayNext, sayRefused } from '../../session/cookies.ts'
import { runLink, stateOf } from '../run-words.ts'
import { ACTION_WORDS } from './action-words.ts'
import { backLink, backOf } from './back-link.ts'
import { askAbout } from './preview-page.ts'

/** Does it, and shows what became of each run; of a single one that is said where it was asked for. */
export async function bulkAction({ c, ctx, form, reader }: PageCall): Promise<View | Response> {
  const [ids, reason, back] = [form.all('id'), form.get('reason'), backOf(form.get('back'))]
  const action = BulkAction.safeParse(form.get('action')).data
  if (action === undefined || ids.length === 0)
    return await askAbout({ ctx, reader }, { action, ids, matching: null, back })
  try {
    const results = await actOnRuns(ctx, { action, ids, reason })
    const [only] = results
    if (only !== undefined && results.length === 1) {
      const say = only.outcome === 'done' ? sayNext : sayRefused
      say(c, `${SAID[only.outcome]} …${only.id.slice(-8)}: ${withShortTimes(reader, only.words)}`)
      return c.redirect(back, 303)
    }
    const shown = results.toSorted((a, b) => ORDER[a.outcome] - ORDER[b.outcome]).slice(0, SHOWN)
    const known = await previewBulk(ctx, { action, ids: shown.map(({ id }) => id) })
    const runs = known.runs.map(({ run }) => run)
    return {
      title: `${ACTION_WORDS[action].label}: what became of each run`,
      section: 'runs',
      body: outcome(reader, { action, results, shown, runs, reason, back }),
    }
  } catch (error) {
    if (!isLedgerError(error) || error.code !== 'invalid') throw error
    return await askAbout(
      { ctx, reader },
      { action, ids, matching: null, back, reason, problem: error.message },
    )
  }
}

interface Outcome {
  action: BulkAction
  results: BulkResult[]
  /** Those of them that are shown, what went wrong first. */
  shown: BulkResult[]
  /** These as they are now. */
  runs: Run[]
  reason: string | undefined
  back: string
}

function outcome(reader: Reader, { action, results, shown, runs, reason, back }: Outcome) {
  const { label } = ACTION_WORDS[action]
  const of = (one: BulkResult['outcome']) => results.filter((result) => result.outcome === one)
  const [done, refused, left] = [of('done'), of('refused'), of('left')]
  const words = [
    `${count(done.length)} done`,
    ...(refused.length > 0 ? [`${count(refused.length)} refused`] : []),
    ...(left.length > 0 ? [`${count(left.length)} left`] : []),
  ].join(', ')
  return html`<h1>${label}: ${words}</h1>
    <div class="panel ask">
      <label for="done">${count(results.length - left.length)} of ${counted(results.length, 'run')} seen to</label>
      <progress id="done" max="${results.length}" value="${results.length - left.length}"></progress>
      <div class="actions">
        ${
          left.length === 0
            ? ''
            : html`<form method="post" action="${paths.runsBulk()}">
          ${csrfField(reader)}
          <input type="hidden" name="action" value="${action}" />
          <input type="hidden" name="back" value="${back}" />
          <input type="hidden" name="reason" value="${reason ?? ''}" />
          ${left.map(({ id }) => html`<input type="hidden" name="id" value="${id}" />`)}
          <button class="main">Go on with the ${counted(left.length, 'run')} left</button>
        </form>`
        }
        ${backLink(back)}
      </div>
    </div>
    ${panel('What became of each run', html`${resultsTable(reader, shown, runs)} ${results.length > SHOWN ? html`<p class="dim">${count(shown.length)} of ${count(results.length)} are shown, what was refused first.</p>` : ''}`)}`
}

function resultsTable(reader: Reader, shown: BulkResult[], runs: Run[]) {
  const known = new Map(runs.map((run) => [run.id, run]))
  return table({
    caption: 'The runs, and what became of each',
    fold: true,
    columns: ['Run', 'Kind', 'State now', 'Outcome', 'In words'],
    rows: shown.map((result) => [
      runLink(result),
      known.get(result.id)?.kind ?? '–',
      stateNow(known.get(result.id)),
      OUTCOMES[result.outcome],
      withTimes(reader, result.words),
    ]),
  })
}

const stateNow = (run: Run | undefined) => (run === undefined ? '–' : stateOf(run))

const SHOWN = 100
const ORDER = { refused: 0, left: 1, done: 2 }

/** How a word about a single one begins. */
const SAID = { done: 'Run', refused: 'Refused: run', left: 'Not done yet: run' }

const OUTCOMES = {
  done: badge('done', 'good'),
  refused: badge('refused', 'warn'),
  left: badge('left', 'calm'),
}
