import { InvalidArgumentError } from 'commander'
import type { Define } from './define.ts'
import { examples } from './options.ts'

/** Less than the days after which runs are archived and what is deleted is gone: sweeps of the past go by the real clock. */
const MOST_DAYS = 6

/** `runledger demo` */
export const defineDemo: Define = (command, outside) => {
  const { terminal } = outside
  command
    .option('--port <port>', 'where to listen (default: PORT, else 3000)')
    .option('--days <n>', `how much history, to ${MOST_DAYS} days`, toDays, 3)
    .addHelpText(
      'after',
      `
It is made anew at each start, in \`demo\` below RUNLEDGER_DATA_DIR, and touches no other ledger: no database and no bucket
that are configured. Ctrl-C ends it.
${examples('$ runledger demo --port 8080')}`,
    )
    .action(({ port, days }: { port?: string; days: number }) =>
      outside.demo({
        ...(port === undefined ? {} : { port }),
        days,
        progress: (done) =>
          terminal.writeError(`\rmaking ${days} days of history: ${Math.floor(done * 100)} % `),
        ready: (url, key) =>
          terminal.write(`
The demo is ready: ${url}/admin
  sign in with the key ${key}
`),
      }),
    )
}

function toDays(text: string): number {
  const days = Number(text)
  if (Number.isInteger(days) && days >= 1 && days <= MOST_DAYS) return days
  throw new InvalidArgumentError(`must be a whole number from 1 to ${MOST_DAYS}`)
}
