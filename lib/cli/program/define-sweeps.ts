import { Argument, Option } from 'commander'
import { RegularSweep, SweepKind, SweepStatus } from '../../run/sweep.ts'
import type { Define } from './define.ts'
import {
  type CommonOptions,
  dependenciesOf,
  examples,
  IN_DATABASE,
  wholeNumber,
  withCommonOptions,
  withoutUndefined,
  withPaging,
} from './options.ts'
import { toShell } from './to-shell.ts'

/** `runledger retention sweep`, `history`, `approve` and `migrate-folders`. */
export const defineSweeps: Define = (retention, outside, end) => {
  const depsOf = (options: CommonOptions) => dependenciesOf(outside, options, IN_DATABASE)

  withCommonOptions(
    retention
      .command('sweep')
      .description('make a sweep now, and say what it did')
      .addArgument(new Argument('<kind>', 'what it sees to').choices(RegularSweep.options))
      .option('--dry-run', 'look, and touch nothing')
      .option('--follow', 'one sweep after the other, until nothing remains'),
  )
    .addHelpText(
      'after',
      examples(
        '$ runledger retention sweep delete --dry-run',
        '$ runledger retention sweep archive --follow',
      ),
    )
    .action(async (kind: RegularSweep, { dryRun = false, follow = false, ...options }) => {
      const { sweepCommand } = await import('../commands/retention/sweep.ts')
      end(await sweepCommand({ kind, dryRun, follow }, depsOf(options)))
    })

  withCommonOptions(
    withPaging(
      retention
        .command('history')
        .description('the sweeps that were made, newest first: what they did, and what went wrong')
        .addArgument(new Argument('[kind]', 'of this kind').choices(SweepKind.options))
        .addOption(new Option('--status <status>', 'with this status').choices(SweepStatus.options)),
    ),
    { list: true },
  )
    .addHelpText(
      'after',
      examples(
        '$ runledger retention history archive --limit 3',
        '$ runledger retention history --status needs_approval',
        "$ runledger retention history archive --limit 1 --json | jq '.[0].errors'",
      ),
    )
    .action(async (kind, { remote, json, ndjson, limit: count, all = false, cursor, status }) => {
      const { historyCommand } = await import('../commands/retention/history.ts')
      const words = ['runledger', 'retention', 'history', ...(kind === undefined ? [] : [kind])]
      const nextPage = (after: string) => toShell(words, { status, limit: count, remote, cursor: after })
      const filter = withoutUndefined({ kind, status })
      end(
        await historyCommand(
          { filter, limit: count, all, cursor, nextPage },
          depsOf({ remote, json, ndjson }),
        ),
      )
    })

  withCommonOptions(
    retention
      .command('approve')
      .description('let a sweep through that would delete more than is usual')
      .argument('<sweep>', 'the id of the sweep that waits')
      .option('--reason <text>', 'why; the audit keeps it')
      .option('--most-runs <n>', 'no more runs than that (default: what it has counted)', wholeNumber),
  )
    .addHelpText(
      'after',
      examples('$ runledger retention approve 01KBQK6M3V8Z5W0X2Y4A6C8E9G --most-runs 5000'),
    )
    .action(async (id, { reason, mostRuns, ...options }) => {
      const { approveCommand } = await import('../commands/retention/approve.ts')
      end(await approveCommand({ id, ...withoutUndefined({ reason, mostRuns }) }, depsOf(options)))
    })

  withCommonOptions(
    retention
      .command('migrate-folders')
      .description('name the folders of runs that have none, by when they were made')
      .option('--rename', 'move the files of runs below their folders, too')
      .option('--dry-run', 'look, and touch nothing'),
  )
    .addHelpText('after', examples('$ runledger retention migrate-folders --rename --dry-run'))
    .action(async ({ rename = false, dryRun = false, ...options }) => {
      const { migrateFoldersCommand } = await import('../commands/retention/migrate-folders.ts')
      end(await migrateFoldersCommand({ rename, dryRun }, depsOf(options)))
    })
}
