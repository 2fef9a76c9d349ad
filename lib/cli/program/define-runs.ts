import { toInstant } from '../instant.ts'
import type { Define } from './define.ts'
import { defineEnqueue } from './define-enqueue.ts'
import { defineList } from './define-list.ts'
import { defineLogs, defineTail } from './define-logs.ts'
import { defineOutputs } from './define-outputs.ts'
import { defineStorage } from './define-storage.ts'
import { addOne, ID } from './one-run.ts'
import { argument, dependenciesOf, examples, withCommonOptions } from './options.ts'

/** `runledger runs …` */
export const defineRuns: Define = (runs, outside, end) => {
  runs.addHelpText(
    'after',
    examples(
      '$ runledger runs list',
      '$ runledger runs enqueue invoices.send',
      `$ runledger runs tail ${ID}`,
    ),
  )
  defineEnqueue(runs.command('enqueue'), outside, end)
  defineList(runs.command('list'), outside, end)
  addOne(runs, 'status', 'show one run').action(async (id, options) => {
    const { statusCommand } = await import('../commands/runs/status.ts')
    end(await statusCommand(id, dependenciesOf(outside, options)))
  })
  defineTail(runs.command('tail'), outside, end)
  defineLogs(runs.command('logs'), outside, end)
  defineOutputs(runs.command('outputs'), outside, end)
  addOne(runs, 'events', 'what happened to a run', { list: true }).action(async (id, options) => {
    const { eventsCommand } = await import('../commands/runs/events.ts')
    end(await eventsCommand(id, dependenciesOf(outside, options)))
  })
  addOne(runs, 'cancel', 'cancel a queued run, or ask a running one to stop', { example: ['--yes'] })
    .option('--reason <text>', 'why, for whoever reads its history')
    .option('-y, --yes', 'do not ask')
    .action(async (id, { yes = false, reason, ...options }) => {
      const { cancelCommand } = await import('../commands/runs/cancel.ts')
      end(await cancelCommand({ id, yes, reason }, dependenciesOf(outside, options)))
    })
  addOne(runs, 'retry', 'queue a failed or canceled run again, its attempts counted anew')
    .option('--reason <text>', 'why, for whoever reads its history')
    .action(async (id, { reason, ...options }) => {
      const { retryCommand } = await import('../commands/runs/retry.ts')
      end(await retryCommand({ id, reason }, dependenciesOf(outside, options)))
    })
  defineStorage(runs, outside, end)
  defineStats(runs.command('stats'), outside, end)
}

const defineStats: Define = (stats, outside, end) => {
  const command = stats
    .description('counts, rates, durations and the queue')
    .option('--project <id>', 'of this project')
    .option(
      '--since <when>',
      'ended since this (default: 24h)',
      argument((text: string) => toInstant(text, outside.now())),
    )
  withCommonOptions(command)
    .addHelpText('after', examples('$ runledger runs stats --since 7d'))
    .action(async ({ project, since, ...options }) => {
      const { statsCommand } = await import('../commands/runs/stats.ts')
      end(await statsCommand({ project, since }, dependenciesOf(outside, options)))
    })
}
