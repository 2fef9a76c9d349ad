import { Option } from 'commander'
import type { Define } from './define.ts'
import { argument, dependenciesOf, examples, withCommonOptions } from './options.ts'

const ID = '01KBQK6M3V8Z5W0X2Y4A6C8E9G'
const MOST_LINES = 1_000_000
const MOST_SEARCHED = 200

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
    .addOption(
      new Option('--search <text>', 'only the lines with this text in what was printed, in capitals or not')
        .argParser(searched)
        .conflicts(['follow', 'tail', 'raw']),
    )
    .option('--limit <n>', 'of a search, how many lines (default: all)', found)
  withCommonOptions(command, { list: true })
    .addHelpText('after', LOGS_HELP)
    .action(async (id, { follow = false, raw = false, tail, search: text, limit, ...options }) => {
      if (text === undefined && limit !== undefined) command.error('error: --limit goes with --search')
      const deps = dependenciesOf(outside, options)
      if (text === undefined) {
        const { logsCommand } = await import('../commands/runs/logs.ts')
        return end(await logsCommand({ id, follow, raw, tail }, deps))
      }
      const { searchLogsCommand } = await import('../commands/runs/search-logs.ts')
      end(await searchLogsCommand({ id, text, limit }, deps))
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

/** How many lines of those that are found. */
const found = argument((text: string) => {
  const count = /^\d{1,7}$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= MOST_LINES) return count
  throw new Error(`write a whole number from 1 to ${MOST_LINES}`)
})

const searched = argument((text: string) => {
  if (text.length >= 1 && text.length <= MOST_SEARCHED) return text
  throw new Error(`write 1 to ${MOST_SEARCHED} characters`)
})

const LOGS_HELP = `
In a pipe the log comes byte by byte as it is kept; on a screen with the local time, its colours, and nothing else that
moves the cursor. As JSON each line is {"at", "text", "cut"}; "cut" says that it goes on in the next one.
Ends with 0 however the run has ended.

A search looks for the text as it stands there, not for a pattern, where the log is: nothing else is sent. Each line is shown
with its time and its position in the log, in bytes; as JSON it is {"position", "at", "text", "hit"}. Ends with 0 where it has
found something, else with 1.
${examples(
  `$ runledger runs logs ${ID} --tail 200`,
  `$ runledger runs logs ${ID} --follow`,
  `$ runledger runs logs ${ID} --raw > nightly.log`,
  `$ runledger runs logs ${ID} --ndjson | jq -r 'select(.text | test("error"; "i")) | .at'`,
  `$ runledger runs logs ${ID} --search 'connection refused' --limit 20`,
  `$ runledger runs logs ${ID} --search panic --json || echo "it did not panic"`,
)}`

const TAIL_HELP = `
Ctrl-C leaves the run as it is. As JSON it is the run's events alone; its lines are to be had from "runs logs --ndjson".
${examples(`$ runledger runs tail ${ID}`, `$ runledger runs tail ${ID} --tail 0`)}`
