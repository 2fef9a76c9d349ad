import { type RunOutcomes, runOutcomes } from '../../../ledger/runs/run-outcomes.ts'
import type { Context } from '../../../ports/context.ts'
import { panel } from '../parts/blocks.ts'
import { toInstant, toLocal } from '../parts/local-time.ts'
import { outcomesChart } from '../parts/outcomes-chart.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { type RunsQuery, sinceOf, toQuery } from './runs-query.ts'

const HOUR_MS = 3_600_000
const LONGEST_HOURS = 90 * 24
const STEPS = [1, 3, 6, 12, 24, 72, 168, 720]
const MOST_BARS = 60

export interface Window {
  since: string
  before: string | undefined
  stepHours: number
}

/** Over which time outcomes are drawn, and in which steps; null: it is too short for that. */
export function windowOf(query: RunsQuery, { now, zone }: Reader): Window | null {
  const until = query.to === undefined ? now : Math.min(now, Date.parse(query.to))
  const longest = until - LONGEST_HOURS * HOUR_MS
  const from = Math.max(Date.parse(sinceOf(query, now) ?? new Date(longest).toISOString()), longest)
  const hours = (until - from) / HOUR_MS
  if (hours < 2) return null
  const stepHours = STEPS.find((step) => hours / step <= MOST_BARS) ?? 720
  const before = query.to === undefined ? undefined : new Date(until).toISOString()
  const since = new Date(from).toISOString()
  // Days begin when the reader's do.
  const midnight = stepHours < 24 ? null : toInstant(toLocal(since, zone).slice(0, 10), zone)
  return { since: midnight ?? since, before, stepHours }
}

/** The outcomes of what is listed, as far as hours tell them apart: by time, kind and project. */
export async function readHistogram(
  ctx: Context,
  { kind, project }: RunsQuery,
  window: Window | null,
): Promise<RunOutcomes | null> {
  return window === null ? null : await runOutcomes(ctx, { ...window, kind, projectId: project })
}

/** The chart of them; nothing where nothing ended. */
export function histogram(
  reader: Reader,
  query: RunsQuery,
  { window, outcomes }: { window: Window | null; outcomes: RunOutcomes | null },
) {
  if (window === null || outcomes === null) return ''
  const { succeeded, failed, canceled } = outcomes.total
  if (succeeded + failed + canceled === 0) return ''
  const { kind, project, state, storage, label, q } = query
  const isOfMore = [state, storage, label, q].some((one) => one !== undefined)
  const whose = [kind === undefined ? '' : ` of ${kind}`, project === undefined ? '' : ` in ${project}`].join(
    '',
  )
  const title = `How ${isOfMore ? 'all ' : ''}runs${whose} ended, ${stepWords(window.stepHours)}`
  const zoom = {
    words: 'to see the runs created in it',
    addressOf: (at: string) => paths.runs(toQuery({ ...query, range: null, ...stepAt(at, window) })),
  }
  return panel('Outcomes', outcomesChart(reader, outcomes, title, zoom))
}

const stepAt = (from: string, { stepHours }: Window) => ({
  from,
  to: new Date(Date.parse(from) + stepHours * HOUR_MS).toISOString(),
})

const stepWords = (hours: number) =>
  hours === 1
    ? 'by hour'
    : hours < 24
      ? `by ${hours} hours`
      : hours === 24
        ? 'by day'
        : `by ${hours / 24} days`
