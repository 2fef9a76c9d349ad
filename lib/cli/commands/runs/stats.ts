import type { RunStats } from '../../../run/stats.ts'
import type { CommandDependencies } from '../../outside.ts'
import { spokenDuration, spokenInstant } from '../../terminal/spoken-time.ts'
import { toJson } from '../../terminal/to-json.ts'
import { withVerbs } from '../../with-verbs.ts'

/** `runs stats`: counts, rates and the queue. */
export async function statsCommand(
  { project, since }: { project?: string | undefined; since?: string | undefined },
  deps: CommandDependencies,
): Promise<number> {
  const { terminal, format } = deps
  const stats = await withVerbs(deps, (verbs) =>
    verbs.runStats({
      ...(project === undefined ? {} : { projectId: project }),
      ...(since === undefined ? {} : { since }),
    }),
  )
  terminal.print(format === 'text' ? await toText(stats, deps) : toJson(stats))
  return 0
}

async function toText(stats: RunStats, { terminal }: CommandDependencies): Promise<string> {
  const [{ table }, { lookOf, markedState }] = await Promise.all([
    import('../../terminal/table.ts'),
    import('../../terminal/run-words.ts'),
  ])
  const { paint } = terminal
  const options = { width: terminal.width(), paint }
  const states = Object.entries(stats.byState) as [keyof RunStats['byState'], number][]
  const counts = states.map(
    ([state, count]) =>
      `  ${paint(lookOf({ state }), markedState({ state }).padEnd(12))}${String(count).padStart(8)}`,
  )
  const queue = table(
    [
      { head: 'WAITING', cell: ({ kind }) => kind, min: 12 },
      { head: 'QUEUED', cell: ({ depth }) => String(depth), align: 'right' },
      { head: 'DUE', cell: ({ due }) => String(due), align: 'right' },
      {
        head: 'OLDEST',
        cell: ({ oldestAgeSeconds: age }) => (age === null ? '-' : spokenDuration(age * 1_000)),
        align: 'right',
        rank: 1,
      },
    ],
    stats.queue,
    options,
  )
  return [
    paint('bold', `Since ${spokenInstant(stats.since)}`),
    ...counts,
    '',
    rates(stats),
    ...(stats.queue.length === 0 ? [] : ['', queue]),
  ].join('\n')
}

function rates({ successRate, averageDurationMs, p95DurationMs }: RunStats): string {
  if (successRate === null) return '  nothing has ended'
  const percent = `${(successRate * 100).toFixed(successRate === 1 ? 0 : 1)} % succeeded`
  const average = averageDurationMs === null ? '' : `${spokenDuration(averageDurationMs)} on average`
  const p95 = p95DurationMs === null ? '' : `19 of 20 within ${spokenDuration(p95DurationMs)}`
  return `  ${[percent, average, p95].filter(Boolean).join(', ')}`
}
