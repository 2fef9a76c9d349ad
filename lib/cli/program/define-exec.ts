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
    .option('--output <dir>', 'a folder whose files become the run’s outputs when the command has ended')
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
        spool: () => outside.spool({ remote }),
        newId: outside.newId,
        workerId: outside.workerId(),
        warn: outside.terminal.warn,
        now: outside.now,
        environment: outside.childEnvironment,
        status: outside.terminal.status,
        onInterrupt: outside.terminal.onInterrupt,
        flushCommand: remote ? 'runledger flush --remote' : 'runledger flush',
      }
      end(await execCommand({ ...rest, labels, timeoutMs, graceMs }, child, args, dependencies))
    })
}

const HELP = `
Lines such as "progress: 42" or "::progress 42 loading users" in the output become the run's progress.
The command finds the id of its run in RUNLEDGER_RUN_ID.

What the command prints is passed on as it is, and kept as the run's log: first on disk, in the spool at
$RUNLEDGER_HOME/spool, and from there in the ledger. When the command has ended, what is left is sent for at most
a minute (10 s where nothing gets through); the next exec goes on with it, and "runledger flush".
${examples(
  '$ runledger exec --kind nightly.backup -- ./backup.sh /var/data',
  '$ runledger exec --kind report --timeout 1h --label team=data --output ./out -- python report.py',
  '0 2 * * *  runledger exec --kind nightly.backup -- /opt/backup.sh        (in a crontab)',
)}`
