import { StorageState } from '../../run/run.ts'
import { RunState } from '../../run/transitions.ts'
import { toInstant } from '../instant.ts'
import type { Define } from './define.ts'
import {
  argument,
  dependenciesOf,
  examples,
  withCommonOptions,
  withoutUndefined,
  withPaging,
  wordsOf,
} from './options.ts'
import { toShell } from './to-shell.ts'

/** `runledger runs list` */
export const defineList: Define = (list, outside, end) => {
  const instant = argument((text: string) => toInstant(text, outside.now()))
  const command = list
    .description('list runs, newest first')
    .option('--project <id>', 'of this project')
    .addOption(wordsOf('--state <state>', 'in this state; may be repeated', RunState.options))
    .option('--kind <kind>', 'of this kind')
    .option('--label <key=value>', 'with this label')
    .addOption(
      wordsOf(
        '--storage <state>',
        'whose files are in this state; may be repeated (default: neither archived nor deleted)',
        StorageState.options,
      ),
    )
    .option('--since <when>', 'created since an instant or a date, or within the last 2h', instant)
    .option('--before <when>', 'created before it', instant)
    .option('--q <text>', 'whose id, kind or name begins with this')
  withCommonOptions(withPaging(command), { list: true })
    .addHelpText(
      'after',
      examples(
        '$ runledger runs list --state failed --since 24h',
        '$ runledger runs list --kind nightly.backup --label team=data --limit 10',
        '$ runledger runs list --storage archived --since 90d',
        '$ runledger runs list --all --ndjson | jq -r .id',
      ),
    )
    .action(async ({ remote, json, ndjson, limit: count, all = false, project: projectId, ...rest }) => {
      const { listCommand } = await import('../commands/runs/list.ts')
      const { storage: storageState, ...fields } = rest
      const filter = withoutUndefined({ ...fields, projectId, storageState })
      const nextPage = (cursor: string) =>
        toShell(['runledger', 'runs', 'list'], { ...rest, project: projectId, limit: count, remote, cursor })
      const deps = dependenciesOf(outside, { remote, json, ndjson })
      end(await listCommand({ filter, limit: count, all, nextPage }, deps))
    })
}
