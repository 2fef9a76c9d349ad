import { Option } from 'commander'
import type { Define } from './define.ts'
import { dependenciesOf, examples, IN_DATABASE, withCommonOptions, withPaging } from './options.ts'

/** `runledger alerts` */
export const defineAlerts: Define = (alerts, outside, end) => {
  const state = new Option('--state <state>', 'open, resolved (of the last 30 days) or all')
    .choices(['open', 'resolved', 'all'])
    .default('open')
  withCommonOptions(withPaging(alerts.addOption(state)), { list: true })
    .addHelpText(
      'after',
      examples('$ runledger alerts', '$ runledger alerts --state all --ndjson | jq -r .message'),
    )
    .action(async ({ state: wanted, limit, all = false, cursor, ...common }) => {
      const { alertsCommand } = await import('../commands/alerts.ts')
      const deps = dependenciesOf(outside, common, IN_DATABASE)
      end(await alertsCommand({ state: wanted, limit, all, cursor }, deps))
    })
}
