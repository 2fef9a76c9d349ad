import type { Define } from './define.ts'
import { examples, REMOTE } from './options.ts'

/** `runledger flush` */
export const defineFlush: Define = (command, outside, end) => {
  command
    .option('--json', 'print JSON, and nothing else')
    .option(...REMOTE)
    .addHelpText('after', HELP)
    .action(async ({ json = false, remote = false }) => {
      const { flushCommand } = await import('../commands/flush.ts')
      const { terminal, now } = outside
      const spool = () => outside.spool({ remote })
      end(await flushCommand({ open: () => outside.open({ remote }), spool, terminal, now, json }))
    })
}

const HELP = `
What exec and worker could not send while they ran is kept in the spool, $RUNLEDGER_HOME/spool. This sends it: in
order, each line once, however often it is interrupted. Commands that still run are left alone.

Ends with 0 when nothing is left, with 5 when the ledger cannot be reached, and with 1 when it refuses a run: that is then
kept in the folder that is named.
${examples('$ runledger flush', '$ runledger flush --json', '*/10 * * * *  runledger flush        (in a crontab)')}`
