import { ExecutionStatus } from '../../run/cron-execution.ts'
import { toInstant } from '../instant.ts'
import type { Define } from './define.ts'
import {
  argument,
  dependenciesOf,
  examples,
  IN_DATABASE,
  withCommonOptions,
  withoutUndefined,
  withPaging,
  wordsOf,
} from './options.ts'
import { toShell } from './to-shell.ts'

/** `runledger cron history` */
export const defineCronHistory: Define = (history, outside, end) => {
  const instant = argument((text: string) => toInstant(text, outside.now()))
  const command = history
    .description('what came of a job, or of all, newest first: what ran, and what did not and why')
    .argument('[job]', 'its name or its id')
    .addOption(wordsOf('--status <status>', 'with this status; may be repeated', ExecutionStatus.options))
    .option('--since <when>', 'recorded since an instant or a date, or within the last 2h', instant)
  withCommonOptions(withPaging(command), { list: true })
    .addHelpText(
      'after',
      examples(
        '$ runledger cron history nightly-report --limit 10',
        '$ runledger cron history --status failed,timeout,missed --since 24h',
        '$ runledger cron history nightly-report --all --ndjson | jq -r .durationMs',
      ),
    )
    .action(async (job, { remote, json, ndjson, limit: count, all = false, cursor, status, since }) => {
      const { historyCronCommand } = await import('../commands/cron/history.ts')
      const words = ['runledger', 'cron', 'history', ...(job === undefined ? [] : [job])]
      const nextPage = (after: string) =>
        toShell(words, { status, since, limit: count, remote, cursor: after })
      const filter = withoutUndefined({ job, status, since })
      const deps = dependenciesOf(outside, { remote, json, ndjson }, IN_DATABASE)
      end(await historyCronCommand({ filter, limit: count, all, cursor, nextPage }, deps))
    })
}
