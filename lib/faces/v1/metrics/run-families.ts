import type { Metrics } from '../../../ports/metrics-store.ts'
import { SHOWN_POWERS } from '../../../run/durations.ts'
import { FINAL_STATES } from '../../../run/transitions.ts'
import type { Family, Sample } from './exposition.ts'

/** What there is to say of runs and the queue. */
export function runFamilies(metrics: Metrics): Family[] {
  return [
    states(metrics),
    ...queue(metrics),
    ends(metrics),
    duration(metrics),
    wait(metrics),
    successRatio(metrics),
  ]
}

/** No kind is called that: they begin with a letter or a digit. */
const OTHER = '_other'
const labelOf = (kind: string | null) => ({ kind: kind ?? OTHER })

/** Every kind that is told apart, also one of which there is nothing to say; the others where there are some. */
function kindsOf({ kinds, queue, ends, waits }: Metrics): (string | null)[] {
  const hasOthers = [...queue, ...ends, ...waits].some(({ kind }) => kind === null)
  return hasOthers ? [...kinds, null] : kinds
}

function states({ queue, running, ended }: Metrics): Family {
  const queued = queue.reduce((sum, { depth }) => sum + depth, 0)
  const count = (state: string) => ended.find((row) => row.state === state)?.count ?? 0
  const byState = [
    ['queued', queued],
    ['running', running],
    ...FINAL_STATES.map((state) => [state, count(state)]),
  ] as const
  return {
    name: 'runledger_runs',
    help: 'Runs by state: queued and running ones now, and all that have ended so, deleted ones too.',
    type: 'gauge',
    samples: byState.map(([state, value]) => ({ labels: { state: String(state) }, value: Number(value) })),
  }
}

function queue(metrics: Metrics): Family[] {
  const gauge = (
    name: string,
    help: string,
    pick: (row: Metrics['queue'][number]) => number | null,
  ): Family => ({
    name,
    help,
    type: 'gauge',
    samples: kindsOf(metrics).map((kind) => {
      const row = metrics.queue.find((one) => one.kind === kind)
      return { labels: labelOf(kind), value: (row && pick(row)) ?? 0 }
    }),
  })
  return [
    gauge('runledger_queue_depth', 'Queued runs by kind, delayed ones included.', ({ depth }) => depth),
    gauge('runledger_queue_due', 'Queued runs by kind whose time has come.', ({ due }) => due),
    gauge(
      'runledger_queue_oldest_age_seconds',
      'How long the run has been due that has waited longest, by kind; 0 where none is due.',
      ({ oldestAgeSeconds }) => oldestAgeSeconds,
    ),
  ]
}

function ends(metrics: Metrics): Family {
  const samples = kindsOf(metrics).flatMap((kind) =>
    FINAL_STATES.map((state): Sample => {
      const rows = metrics.ends.filter((row) => row.kind === kind && row.state === state)
      return { labels: { ...labelOf(kind), state }, value: total(rows).count }
    }),
  )
  return {
    name: 'runledger_runs_ended_total',
    help: 'Ends of runs by kind and state. A run that is retried by hand, or recovered after it was called lost, ends again.',
    type: 'counter',
    samples,
  }
}

function duration(metrics: Metrics): Family {
  const worked = metrics.ends.filter(({ state }) => state !== 'canceled')
  return {
    name: 'runledger_run_duration_seconds',
    help: 'How long runs that succeeded or failed took, from their last start to their end, by kind.',
    type: 'histogram',
    samples: histograms(metrics, worked),
  }
}

function wait(metrics: Metrics): Family {
  return {
    name: 'runledger_run_wait_seconds',
    help: 'How long runs waited in the queue, from when they were due to their last start, by kind; counted at their end.',
    type: 'histogram',
    samples: histograms(metrics, metrics.waits),
  }
}

function successRatio({ recent: { ended } }: Metrics): Family {
  const count = (state: string) => ended.find((row) => row.state === state)?.count ?? 0
  const worked = count('succeeded') + count('failed')
  return {
    name: 'runledger_run_success_ratio',
    help: 'Succeeded of those that succeeded or failed in the last 24 hours; absent where none did.',
    type: 'gauge',
    samples: worked === 0 ? [] : [{ value: count('succeeded') / worked }],
  }
}

interface Power {
  kind: string | null
  power: number
  count: number
  sumMs: number
}

const { first, last } = SHOWN_POWERS
const POWERS = Array.from({ length: last - first + 1 }, (_, n) => first + n)

/** One a kind: how many took up to each edge. */
function histograms(metrics: Metrics, rows: Power[]): Sample[] {
  const byKind = Map.groupBy(rows, ({ kind }) => kind)
  return kindsOf(metrics).flatMap((kind) => {
    const own = byKind.get(kind) ?? []
    const labels = labelOf(kind)
    const { count, sumMs } = total(own)
    const upTo = (most: number) => total(own.filter(({ power }) => power <= most)).count
    const bucket = (le: string, value: number): Sample => ({
      suffix: '_bucket',
      labels: { ...labels, le },
      value,
    })
    return [
      ...POWERS.map((power) => bucket(String(2 ** power / 1_000), upTo(power))),
      bucket('+Inf', count),
      { suffix: '_sum', labels, value: sumMs / 1_000 },
      { suffix: '_count', labels, value: count },
    ]
  })
}

function total(rows: { count: number; sumMs: number }[]): { count: number; sumMs: number } {
  const sum = { count: 0, sumMs: 0 }
  for (const { count, sumMs } of rows) {
    sum.count += count
    sum.sumMs += sumMs
  }
  return sum
}
