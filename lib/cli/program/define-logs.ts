import { Option } from 'commander'
import type { Define } from './define.ts'
import { argument, dependenciesOf, examples, withCommonOptions } from './options.ts'

const ID = '01KBQK6M3V8Z5W0X2Y4A6C8E9G'
const MOST_LINES = 1_000_000

/** `runledger runs logs` */
export const defineLogs: Define = (logs, outside, end) => {
  const command = logs
    .description('what a run has printed')
    .argument('<id>', 'the id of the run')
    .option('-f, --follow', 'go on until the run has ended')
    .option('--tail <lines>', 'from the last so many lines on', lines)
    .addOption(
      new Option('--raw', 'as it was printed, without time and run before each line').conflicts([
        'json',
        'ndjson',
      ]),
    )
  withCommonOptions(command, { list: true })
    .addHelpText('after', LOGS_HELP)
    .action(async (id, { follow = false, raw = false, tail, ...options }) => {
      const { logsCommand } = await import('../commands/runs/logs.ts')
      end(await logsCommand({ id, follow, raw, tail }, dependenciesOf(outside, options)))
    })
}

/** `runledger runs tail` */
export const defineTail: Define = (tail, outside, end) => {
  const command = tail
    .description('follow a run and what it prints to its end; ends with 0 when it succeeds, else with 1')
    .argument('<id>', 'the id of the run')
    .option('--tail <lines>', 'begin with the last so many lines (default: 100 on a screen, else all)', lines)
  withCommonOptions(command, { list: true })
    .addHelpText('after', TAIL_HELP)
    .action(async (id, { tail: count, ...options }) => {
      const { tailCommand } = await import('../commands/runs/tail.ts')
      end(await tailCommand({ id, lines: count }, dependenciesOf(outside, options)))
    })
}

/** How many lines; none is a number, too. */
const lines = argument((text: string) => {
  const count = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN
  if (count <= MOST_LINES) return count
  throw new Error(`write a whole number from 0 to ${MOST_LINES}`)
})

const LOGS_HELP = `
In a pipe the log comes byte by byte as it is kept; on a screen with the local time, its colours, and nothing else that
moves the cursor. As JSON each line is {"at", "text", "cut"}; "cut" says that it goes on in the next one.
Ends with 0 however the run has ended.
${examples(
  `$ runledger runs logs ${ID} --tail 200`,
  `$ runledger runs logs ${ID} --follow`,
  `$ runledger runs logs ${ID} --raw > nightly.log`,
  `$ runledger runs logs ${ID} --ndjson | jq -r 'select(.text | test("error"; "i")) | .at'`,
)}`

const TAIL_HELP = `
Ctrl-C leaves the run as it is. As JSON it is the run's events alone; its lines are to be had from "runs logs --ndjson".
${examples(`$ runledger runs tail ${ID}`, `$ runledger runs tail ${ID} --tail 0`)}`
