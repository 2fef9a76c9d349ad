import { Option } from 'commander'
import type { Define } from './define.ts'
import { examples, labelOption, REMOTE, timeout, wait } from './options.ts'

/** `runledger exec` */
export const defineExec: Define = (command, outside, end) => {
  command
    .requiredOption('--kind <kind>', 'what the run is called, such as nightly.backup')
    .option('--project <id>', 'the project it belongs to')
    .option('--name <text>', 'a name for this one run')
    .addOption(labelOption())
    .option('--timeout <duration>', 'end the command and all it started after this long', timeout)
    .addOption(
      new Option('--grace <duration>', 'between SIGTERM and SIGKILL').argParser(wait).default(10_000, '10s'),
    )
    .option(...REMOTE)
    .passThroughOptions()
    .argument('<command>', 'the command')
    .argument('[args...]', 'its arguments')
    .addHelpText('after', HELP)
    .action(async (child: string, args: string[], options) => {
      const { execCommand } = await import('../commands/exec.ts')
      const { label: labels, timeout: timeoutMs, grace: graceMs, remote = false, ...rest } = options
      const dependencies = {
        open: () => outside.open({ remote }),
        newId: outside.newId,
        workerId: outside.workerId(),
        warn: outside.terminal.warn,
        now: outside.now,
        environment: outside.childEnvironment,
      }
      end(await execCommand({ ...rest, labels, timeoutMs, graceMs }, child, args, dependencies))
    })
}

const HELP = `
Lines such as "progress: 42" or "::progress 42 loading users" in the output become the run's progress.
The command finds the id of its run in RUNLEDGER_RUN_ID.
${examples(
  '$ runledger exec --kind nightly.backup -- ./backup.sh /var/data',
  '$ runledger exec --kind report --timeout 1h --label team=data -- python report.py',
  '0 2 * * *  runledger exec --kind nightly.backup -- /opt/backup.sh        (in a crontab)',
)}`
