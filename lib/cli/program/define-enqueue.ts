import { Option } from 'commander'
import { toMilliseconds } from '../duration.ts'
import { toFixedInstant } from '../instant.ts'
import type { Define } from './define.ts'
import {
  argument,
  dependenciesOf,
  examples,
  labelOption,
  timeout,
  wholeNumber,
  withCommonOptions,
  withoutUndefined,
} from './options.ts'

/** `runledger runs enqueue` */
export const defineEnqueue: Define = (enqueue, outside, end) => {
  const command = enqueue
    .description('put a run into the queue, for a worker to take; prints its id')
    .argument('<kind>', 'what it executes, such as invoices.send')
    .option('--project <id>', 'the project it belongs to')
    .addOption(new Option('--input <json>', 'what it is given').conflicts('stdin'))
    .option('--stdin', 'read what it is given from stdin, as JSON')
    .option('--idempotency-key <key>', 'used again with the same words, it gives the first run back')
    .addOption(
      new Option('--delay <duration>', 'not before this long from now, such as 5m')
        .argParser(argument(toMilliseconds))
        .conflicts('runAt'),
    )
    .option(
      '--run-at <instant>',
      'not before this instant or date, such as 2027-01-01T00:00:00Z',
      argument(toFixedInstant),
    )
    .option('--max-attempts <n>', 'how often it is tried (default: 1)', wholeNumber)
    .option('--priority <0-3>', '3 is taken first, 0 last (default: 1)', wholeNumber)
    .option('--timeout <duration>', 'end each attempt after this long, such as 1h', timeout)
    .option('--name <text>', 'a name for this one run')
    .addOption(labelOption())
  withCommonOptions(command)
    .addHelpText(
      'after',
      examples(
        `$ runledger runs enqueue invoices.send --input '{"month": "2026-11"}' --max-attempts 3`,
        '$ runledger runs enqueue report --idempotency-key report-2026-11 --delay 5m',
        '$ id=$(jq -n \'{month: "2026-11"}\' | runledger runs enqueue invoices.send --stdin)',
      ),
    )
    .action(async (kind, { remote, json, ...options }) => {
      const { enqueueCommand } = await import('../commands/runs/enqueue.ts')
      const {
        project: projectId,
        label: labels,
        delay: delayMs,
        timeout: timeoutMs,
        stdin = false,
        ...rest
      } = options
      const timeoutSeconds = timeoutMs === undefined ? undefined : Math.ceil(timeoutMs / 1_000)
      const run = withoutUndefined({ ...rest, projectId, timeoutSeconds })
      end(
        await enqueueCommand(
          { ...run, kind, labels, delayMs, stdin },
          dependenciesOf(outside, { remote, json }),
        ),
      )
    })
}
