import { InvalidArgumentError, Option } from 'commander'
import type { Define } from './define.ts'
import { defineSweeps } from './define-sweeps.ts'
import {
  ahead,
  type CommonOptions,
  dependenciesOf,
  examples,
  IN_DATABASE,
  wholeNumber,
  withCommonOptions,
  withoutUndefined,
} from './options.ts'

/** `runledger retention …` */
export const defineRetention: Define = (retention, outside, end) => {
  retention.addHelpText(
    'after',
    examples('$ runledger retention plan', '$ runledger retention plan --at 30d'),
  )
  const depsOf = (options: CommonOptions) => dependenciesOf(outside, options, IN_DATABASE)

  const plan = retention
    .command('plan')
    .description('what the policies, or any others, come to; nothing is touched')
    .option('--at <when>', 'by 30d from now, or a date (default: now)', ahead(outside))
    .option('--archive-after <days>', 'instead of ARCHIVE_AFTER_DAYS; or never', daysOrNever)
    .option('--delete-after <days>', 'instead of DELETE_AFTER_DAYS; or never', daysOrNever)
    .option('--keep-last <n>', 'the last n runs of each kind are kept', wholeNumber)
    .addOption(new Option('--rules <json>', 'instead of the rules in force').conflicts('stdin'))
    .option('--stdin', 'read those rules from stdin, as JSON')
    .option('--project <id>', 'of this project')
    .option('--kind <kind>', 'of this kind')
  withCommonOptions(plan)
    .addHelpText(
      'after',
      examples(
        '$ runledger retention plan --at 30d',
        '$ runledger retention plan --delete-after 14 --kind report.send',
        `$ runledger retention plan --rules '[{"state": "failed", "deleteAfterDays": 90}]'`,
      ),
    )
    .action(
      async ({
        at,
        archiveAfter,
        deleteAfter,
        keepLast,
        rules,
        stdin = false,
        project,
        kind,
        ...options
      }) => {
        const { planCommand } = await import('../commands/retention/plan.ts')
        const terms = withoutUndefined({
          archiveAfterDays: termOf(archiveAfter),
          deleteAfterDays: termOf(deleteAfter),
          keepLast,
        })
        const asked = withoutUndefined({
          ...{ at, projectId: project, kind },
          terms: Object.keys(terms).length === 0 ? undefined : terms,
        })
        end(await planCommand({ ...asked, rules, stdin }, depsOf(options)))
      },
    )

  withCommonOptions(
    retention
      .command('explain')
      .description('what will happen to a run, when, and by which rule')
      .argument('<id>', 'the id of the run'),
  )
    .addHelpText('after', examples('$ runledger retention explain 01KBQK6M3V8Z5W0X2Y4A6C8E9G'))
    .action(async (id, options) => {
      const { explainCommand } = await import('../commands/retention/explain.ts')
      end(await explainCommand(id, depsOf(options)))
    })

  defineSweeps(retention, outside, end)
}

type Days = number | 'never'

function daysOrNever(text: string): Days {
  if (text === 'never') return text
  if (/^\d{1,5}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('write a whole number of days, or never')
}

/** Of an option, null would be no word for never: commander takes it for one that has no value. */
const termOf = (days: Days | undefined) => (days === 'never' ? null : days)
