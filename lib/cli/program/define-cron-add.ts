import { InvalidArgumentError, Option } from 'commander'
import { MissedPolicy, OverlapPolicy } from '../../run/cron-job.ts'
import type { Define } from './define.ts'
import {
  dependenciesOf,
  examples,
  IN_DATABASE,
  timeout,
  wholeNumber,
  withCommonOptions,
  withoutUndefined,
} from './options.ts'

/** `runledger cron add` */
export const defineCronAdd: Define = (add, outside, end) => {
  const command = add
    .description('make a job: a schedule, and what it does')
    .argument('<name>', 'what it is called, such as nightly-report')
    .requiredOption('--schedule <expression>', 'five fields, or six with seconds first, or @daily')
    .option('--time-zone <zone>', 'whose clock it goes by, such as Europe/Berlin (default: UTC)')
    .addOption(new Option('--enqueue <kind>', 'enqueue a run, for a worker').conflicts(['http', 'builtin']))
    .addOption(new Option('--input <json>', 'what the run is given').conflicts(['stdin', 'http', 'builtin']))
    .addOption(
      new Option('--stdin', 'read what the run is given from stdin, as JSON').conflicts(['http', 'builtin']),
    )
    .addOption(
      new Option('--max-attempts <n>', 'how often the run is tried (default: 1)')
        .argParser(wholeNumber)
        .conflicts(['http', 'builtin']),
    )
    .addOption(new Option('--http <url>', 'post to a URL, signed').conflicts('builtin'))
    .addOption(
      new Option('--header <name: value>', 'a header of that; may be repeated')
        .argParser(collectHeader)
        .conflicts(['enqueue', 'builtin']),
    )
    .addOption(
      new Option('--body <json>', 'its body (default: the facts of the execution)').conflicts([
        'enqueue',
        'builtin',
      ]),
    )
    .option('--builtin <name>', 'do what the program can do by itself, such as cleanupStaleScripts')
    .option('--project <id>', 'the project that it and its runs belong to')
    .option('--timeout <duration>', 'end it, or its run, after this long, such as 2m', timeout)
    .option('--retries <n>', 'how often it is tried again when it fails', wholeNumber)
    .addOption(
      new Option('--missed <policy>', 'which of those run that were missed (default: once)').choices(
        MissedPolicy.options,
      ),
    )
    .addOption(
      new Option('--overlap <policy>', 'where the one before is at work (default: skip)').choices(
        OverlapPolicy.options,
      ),
    )
    .option('--description <text>', 'what it is for')
    .option('--disabled', 'it does not run until it is enabled')
  withCommonOptions(command)
    .addHelpText('after', HELP)
    .action(async (name, { remote, json, ...options }) => {
      const { addCronCommand } = await import('../commands/cron/add.ts')
      const { schedule, timeZone, project: projectId, retries: maxRetries, description } = options
      const { missed: missedPolicy, overlap: overlapPolicy, disabled } = options
      const job = withoutUndefined({
        ...{ name, schedule, timeZone, projectId, maxRetries, missedPolicy, overlapPolicy, description },
        isEnabled: disabled ? false : undefined,
      })
      const { stdin = false, header: headers = {}, timeout: timeoutMs, ...action } = options
      end(
        await addCronCommand(
          { ...action, job, stdin, headers, timeoutMs },
          dependenciesOf(outside, { remote, json }, IN_DATABASE),
        ),
      )
    })
}

function collectHeader(text: string, headers: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf(':')
  if (at < 1) throw new InvalidArgumentError("write 'name: value'")
  return { ...headers, [text.slice(0, at).trim()]: text.slice(at + 1).trim() }
}

const HELP = `
Try the schedule first: runledger cron next --schedule '<expression>'. Where both the day of the month and the day of the week
are given, either is enough. \${NIGHTLY_SCHEDULE:-0 2 * * *} is read from the environment of the server (with DATABASE_URL, of
this shell), of which a schedule sees only variables that end in _SCHEDULE or _INTERVAL.
${examples(
  "$ runledger cron add nightly-report --schedule '0 2 * * *' --time-zone Europe/Berlin --enqueue report.send --max-attempts 3",
  "$ runledger cron add warm-cache --schedule '*/10 * * * *' --http https://example.com/warm --timeout 30s --retries 2",
  "$ runledger cron add stale --schedule '@hourly' --builtin cleanupStaleScripts --missed skip",
)}`
