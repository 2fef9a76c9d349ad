import { Option } from 'commander'
import type { Define } from './define.ts'
import { addOne } from './one-run.ts'
import { ahead, argument, type CommonOptions, dependenciesOf, IN_DATABASE } from './options.ts'

/** What is done with a run's files: `runledger runs archive`, `restore`, `hold`, `release`, `retain` and `delete`. */
export const defineStorage: Define = (runs, outside, end) => {
  const depsOf = (options: CommonOptions) => dependenciesOf(outside, options, IN_DATABASE)
  const instant = ahead(outside)

  addOne(runs, 'archive', 'put its log and files into its archive now, and wait for that', {
    example: ['', '--download ./backups/'],
  })
    .addOption(new Option('--no-wait', 'begin it, and let the server go on').conflicts('download'))
    .option(
      '--download <path>',
      'save the archive as this file, or in this folder; archived already, that alone is done',
    )
    .option('--force', 'overwrite what is there already')
    .action(async (id, { wait, download: to, force = false, ...options }) => {
      if (to === undefined) {
        const { archiveCommand } = await import('../commands/runs/put-away.ts')
        end(await archiveCommand({ id, wait }, depsOf(options)))
      } else {
        const { downloadArchiveCommand } = await import('../commands/runs/download-archive.ts')
        end(await downloadArchiveCommand({ id, to, force }, depsOf(options)))
      }
    })

  addOne(runs, 'restore', 'put the files of an archived run back, or of a deleted one in its grace')
    .option('--no-wait', 'begin it, and let the server go on')
    .action(async (id, { wait, ...options }) => {
      const { restoreCommand } = await import('../commands/runs/put-away.ts')
      end(await restoreCommand({ id, wait }, depsOf(options)))
    })

  addOne(runs, 'hold', 'keep a run from being archived away or deleted', { example: ["--reason 'an audit'"] })
    .requiredOption('--reason <text>', 'why')
    .option(
      '--until <when>',
      'hold it until 90d from now, or a date (default: until it is released)',
      instant,
    )
    .action(async (id, { reason, until, ...options }) => {
      const { holdCommand } = await import('../commands/runs/hold.ts')
      end(await holdCommand({ id, reason, until }, depsOf(options)))
    })

  addOne(runs, 'release', 'end the hold of a run')
    .option('--reason <text>', 'why, for whoever reads its history')
    .action(async (id, { reason, ...options }) => {
      const { releaseCommand } = await import('../commands/runs/hold.ts')
      end(await releaseCommand({ id, reason }, depsOf(options)))
    })

  addOne(runs, 'retain', 'keep a run from being deleted before a day; it is archived as any other', {
    example: ["--until 365d --reason 'last year’s figures'", "--until policies --reason 'no longer needed'"],
  })
    .requiredOption(
      '--until <when>',
      '365d from now, or a date; “policies”: no longer than they say',
      argument((text: string) => (text === AS_POLICIES_SAY ? text : instant(text))),
    )
    .requiredOption('--reason <text>', 'why; the audit keeps it')
    .action(async (id, { until, reason, ...options }) => {
      const { retainCommand } = await import('../commands/runs/retain.ts')
      const asked = { id, reason, until: until === AS_POLICIES_SAY ? null : until }
      end(await retainCommand(asked, depsOf(options)))
    })

  addOne(runs, 'delete', 'delete a finished run', { example: ["--reason 'test data'"] })
    .requiredOption('--reason <text>', 'why; the audit keeps it')
    .addOption(
      new Option('--mode <mode>', 'soft: it can be restored for its grace; hard: all goes now').choices([
        'soft',
        'hard',
      ]),
    )
    .option('-y, --yes', 'do not ask')
    .action(async (id, { reason, mode, yes = false, ...options }) => {
      const { deleteCommand } = await import('../commands/runs/delete.ts')
      end(await deleteCommand({ id, reason, mode, yes }, depsOf(options)))
    })
}

const AS_POLICIES_SAY = 'policies'
