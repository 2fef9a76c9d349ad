import { Option } from 'commander'
import type { Define } from './define.ts'
import { examples, REMOTE, wait, wholeNumber } from './options.ts'

/** `runledger worker` */
export const defineWorker: Define = (command, outside, end) => {
  const duration = (flags: string, description: string, ms: number, words: string) =>
    new Option(flags, description).argParser(wait).default(ms, words)
  command
    .addOption(
      new Option(
        '--kinds <kinds>',
        'the kinds of runs to take, joined by commas (default: the handlers’)',
      ).argParser((text) => text.split(',')),
    )
    .option('--handlers <file>', 'a TypeScript or JavaScript file with a function a kind')
    .option('--exec <command>', 'do each run by this command; its arguments follow')
    .option('--concurrency <number>', 'how many runs at once', wholeNumber, 4)
    .option('--once', 'take what is due, and end when there is nothing more')
    .option('--project <id>', 'the project whose runs to take')
    .addOption(duration('--lease <duration>', 'how long a run is held without a heartbeat', 60_000, '60s'))
    .addOption(duration('--drain <duration>', 'how long runs may go on after SIGTERM', 30_000, '30s'))
    .addOption(
      duration('--grace <duration>', 'how long a run may take to obey when told to stop', 10_000, '10s'),
    )
    .option(...REMOTE)
    .passThroughOptions()
    .argument('[args...]', 'arguments of --exec')
    .addHelpText('after', HELP)
    .action(async (args: string[], options) => {
      const { remote = false, project, lease, drain, grace, exec, ...rest } = options
      if (exec === undefined && args.length > 0) command.error(`error: too many arguments: ${args.join(' ')}`)
      const asked = {
        ...rest,
        ...(exec === undefined ? {} : { exec: [exec, ...args] }),
        ...(project === undefined ? {} : { projectId: project }),
        leaseSeconds: Math.round(lease / 1_000),
        drainMs: drain,
        graceMs: grace,
      }
      end(await outside.work(asked, { remote }))
    })
}

const HELP = `
A handler is (run, { signal, log, progress, output }) => outputRef. A command of --exec reads the run's input as JSON from
stdin, finds its run in RUNLEDGER_RUN_ID, RUNLEDGER_RUN_KIND and RUNLEDGER_RUN_ATTEMPT, tells how far it is by lines such as
"progress: 42", and where its result is by "::output-ref <ref>"; exit code 0 is a success.
What a command prints and a handler logs is the run's log: runledger runs logs <id>. With LOG_LEVEL=debug the worker repeats
what commands print. A command adds files by: runledger runs outputs put "$RUNLEDGER_RUN_ID" <file>
{"$secret": "db"} in an input stands for the value of RUNLEDGER_SECRET_DB.
SIGTERM takes nothing more, waits for what runs (--drain), and gives the rest back; a second one ends at once.
With --once the exit code is 1 when a run has failed for good.
${examples(
  '$ runledger worker --handlers ./handlers.ts',
  '$ runledger worker --kinds nightly.report --concurrency 2 --exec python report.py --fast',
  '*/5 * * * *  runledger worker --once --handlers /opt/handlers.ts        (in a crontab)',
)}`
