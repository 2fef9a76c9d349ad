import type { Run } from '../../run/run.ts'
import { lookOf, markedState, noteOn, took } from './run-words.ts'
import { relativeTime } from './spoken-time.ts'
import { type Column, type TableOptions, table } from './table.ts'

/** Runs as people read them. */
export function runTable(runs: Run[], { now, ...options }: TableOptions & { now: Date }): string {
  const isScreen = options.width !== undefined
  const columns: Column<Run>[] = [
    { head: 'ID', cell: ({ id }) => id },
    { head: 'STATE', cell: (run) => (isScreen ? markedState(run) : run.state), style: lookOf },
    { head: 'KIND', cell: ({ kind }) => kind, min: 12 },
    {
      head: 'FILES',
      cell: ({ storageState }) => (storageState === 'active' ? '' : storageState),
      style: () => 'dim',
    },
    { head: 'CREATED', cell: (run) => relativeTime(run.createdAt, now), style: () => 'dim', rank: 1 },
    { head: 'TOOK', cell: (run) => took(run, now), align: 'right', rank: 2 },
    { head: 'PROJECT', cell: ({ projectId }) => projectId ?? '', min: 8, rank: 4 },
    { head: 'NAME', cell: ({ name }) => name ?? '', min: 10, rank: 5 },
    { head: 'NOTE', cell: (run) => noteOn(run, now), min: 14, rank: 3 },
  ]
  return table(columns, runs, options)
}
