import { html } from 'hono/html'
import type { RunOutcomes } from '../../../ledger/runs/run-outcomes.ts'
import type { RunStats } from '../../../run/stats.ts'
import { figure, figures } from '../parts/blocks.ts'
import { count, duration, percent } from '../parts/words.ts'
import { paths } from '../paths.ts'

const LAST = 'in the last 24 hours'

/** The numbers that matter of the last day. */
export function figuresOfDay({ byState }: RunStats, { total, successRate, ...took }: RunOutcomes) {
  const { medianDurationMs, p95DurationMs } = took
  const link = (state: string, n: number, range?: string) =>
    html`<a class="plain" href="${paths.runs({ state, range })}">${count(n)}</a>`
  return figures([
    figure('Running', link('running', byState.running, 'all'), 'now'),
    figure('Queued', link('queued', byState.queued, 'all'), 'now'),
    figure('Succeeded', link('succeeded', total.succeeded), LAST),
    figure(
      'Failed',
      html`<span class="${total.failed > 0 ? 'bad' : ''}">${link('failed', total.failed)}</span>`,
      LAST,
    ),
    figure('Success rate', percent(successRate), LAST),
    figure('Half end within', medianDurationMs === null ? '–' : duration(medianDurationMs), LAST),
    figure('95 % end within', p95DurationMs === null ? '–' : duration(p95DurationMs), LAST),
  ])
}
