import { html } from 'hono/html'
import type { RunOutcomes } from '../../../ledger/runs/run-outcomes.ts'
import type { RunStats } from '../../../run/stats.ts'
import { figure, figures } from '../parts/blocks.ts'
import { count, duration, percent } from '../parts/words.ts'
import { paths, type RunsAddress } from '../paths.ts'

export interface OfDay {
  stats: RunStats
  outcomes: RunOutcomes
  /** The hour from which on is counted, and that in words: `since 18:00 yesterday`. */
  since: string
  words: string
}

/** The numbers that matter of the last day: of what ended in it. Their links lead to what was created in it, and say so. */
export function figuresOfDay({ stats, outcomes, since, words }: OfDay) {
  const { byState } = stats
  const { total, successRate, medianDurationMs, p95DurationMs } = outcomes
  const now = (state: string, n: number) => link(n, { state, range: 'all' })
  const ended = (state: string, n: number) =>
    link(n, { state, from: since, storage: 'all' }, `To the runs created ${words}; this many ended`)
  const took = (ms: number | null) =>
    html`<span title="Of the runs that succeeded or failed ${words}">${ms === null ? '–' : duration(ms)}</span>`
  const failed = html`<span class="${total.failed > 0 ? 'bad' : ''}">${ended('failed', total.failed)}</span>`
  return figures([
    figure('Running', now('running', byState.running), 'now'),
    figure('Queued', now('queued', byState.queued), 'now'),
    figure('Succeeded', ended('succeeded', total.succeeded), `ended ${words}`),
    figure('Failed', failed, `ended ${words}`),
    figure('Success rate', percent(successRate), `ended ${words}`),
    figure('Median', took(medianDurationMs), 'of their durations'),
    figure('p95', took(p95DurationMs), 'of their durations'),
  ])
}

const link = (n: number, to: RunsAddress, title = '') =>
  html`<a class="plain" href="${paths.runs(to)}" ${title === '' ? '' : html`title="${title}"`}>${count(n)}</a>`
