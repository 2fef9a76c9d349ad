import { html } from 'hono/html'
import { type Sweep, SweepKind, SweepStatus } from '../../../run/sweep.ts'
import { empty, pager, panel, table } from '../parts/blocks.ts'
import { chips } from '../parts/chips.ts'
import { badge } from '../parts/state-badge.ts'
import { time } from '../parts/times.ts'
import { bytes, count, duration } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { doneOf, plannedOf, sweepBadge } from './sweep-words.ts'

type Filter = { kind: SweepKind | undefined; status: SweepStatus | undefined }

interface History {
  filter: Filter
  page: { data: Sweep[]; nextCursor: string | null }
  isFirst: boolean
}

/** What was done, newest first. */
export function sweepHistory(reader: Reader, { filter, page, isFirst }: History) {
  const { data, nextCursor } = page
  const isFiltered = filter.kind !== undefined || filter.status !== undefined
  return panel(
    'History',
    html`${chipsOf('kind', SweepKind.options, filter)} ${chipsOf('status', SweepStatus.options, filter)}
    ${
      data.length === 0
        ? isFiltered
          ? empty('No sweep is like that', html`<a href="${paths.sweeps()}">All sweeps</a>`)
          : empty(
              'No sweep has been made yet',
              'They are made by cron jobs, every night. Look with a dry run, or make one now.',
            )
        : rows(reader, data)
    }
    ${pager({
      first: isFirst ? null : paths.sweeps(filter),
      next: nextCursor === null ? null : paths.sweeps({ ...filter, cursor: nextCursor }),
    })}`,
  )
}

function chipsOf(name: keyof Filter, options: readonly string[], filter: Filter) {
  const chip = (value: string | undefined, words: string) => ({
    href: paths.sweeps({ ...filter, [name]: value }),
    words,
    isNow: filter[name] === value,
  })
  return chips(`By ${name}`, [
    chip(undefined, `any ${name}`),
    ...options.map((one) => chip(one, one.replaceAll('_', ' '))),
  ])
}

function rows(reader: Reader, sweeps: Sweep[]) {
  const right = (name: string) => ({ name, right: true })
  return table({
    caption: 'Sweeps, newest first',
    fold: true,
    columns: [
      'Began',
      'Kind',
      'Status',
      'Planned',
      'Done',
      right('Bytes'),
      right('Took'),
      right('Errors'),
      'By',
    ],
    rows: sweeps.map((sweep) => [
      html`<a href="${paths.sweep(sweep.id)}">${time(reader, sweep.startedAt)}</a>`,
      sweep.kind,
      html`${sweepBadge(sweep)} ${sweep.dryRun ? badge('dry run', 'calm') : ''}`,
      plannedOf(sweep) ?? html`<span class="dim none">–</span>`,
      html`${sweep.dryRun ? html`<span class="dim">looked only</span>` : doneOf(sweep)}${sweep.more ? html`<span class="dim">, more remains</span>` : ''}`,
      sweep.bytes === 0 ? html`<span class="dim none">–</span>` : bytes(sweep.bytes),
      sweep.durationMs === null ? html`<span class="dim none">–</span>` : duration(sweep.durationMs),
      sweep.errors.length === 0
        ? html`<span class="dim none">0</span>`
        : badge(count(sweep.errors.length), 'bad'),
      sweep.requestedBy,
    ]),
  })
}
