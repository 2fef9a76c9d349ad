import { Command, CommanderError } from 'commander'
import { isLedgerError } from '../../run/errors.ts'
import { exitCodeOf } from '../exit-code.ts'
import type { Outside } from '../outside.ts'
import type { Define } from './define.ts'
import { messageOf } from './option-names.ts'
import { examples } from './options.ts'

const RUNS = 'Runs:'
const SERVER = 'Server:'
const SETUP = 'This machine:'

/** Every command, in the order of the help. Only the one that is called is loaded. */
export const COMMANDS: { name: string; group: string; description: string; load: () => Promise<Define> }[] = [
  {
    name: 'exec',
    group: RUNS,
    description: 'run a command as a tracked run; ends with the command’s own exit code',
    load: async () => (await import('./define-exec.ts')).defineExec,
  },
  {
    name: 'runs',
    group: RUNS,
    description: 'enqueue, list, follow, cancel and retry runs',
    load: async () => (await import('./define-runs.ts')).defineRuns,
  },
  {
    name: 'worker',
    group: RUNS,
    description: 'take runs from the queue and do them, by handlers or by a command',
    load: async () => (await import('./define-worker.ts')).defineWorker,
  },
  {
    name: 'flush',
    group: RUNS,
    description: 'send what could not be sent while commands ran',
    load: async () => (await import('./define-flush.ts')).defineFlush,
  },
  {
    name: 'serve',
    group: SERVER,
    description: 'run the server, with a database of its own unless DATABASE_URL is set',
    load: async () => (await import('./define-serve.ts')).defineServe,
  },
  {
    name: 'demo',
    group: SERVER,
    description: 'a ledger to look at: some days of made-up history, and scripts that run',
    load: async () => (await import('./define-demo.ts')).defineDemo,
  },
  {
    name: 'migrate',
    group: SERVER,
    description: 'bring the database at DATABASE_URL (or this machine’s own) to this program’s schema',
    load: async () => (await import('./define-migrate.ts')).defineMigrate,
  },
  {
    name: 'cron',
    group: SERVER,
    description: 'schedules and what they do (needs --remote or DATABASE_URL)',
    load: async () => (await import('./define-cron.ts')).defineCron,
  },
  {
    name: 'alerts',
    group: SERVER,
    description: 'what is wrong, and who was told of it (needs --remote or DATABASE_URL)',
    load: async () => (await import('./define-alerts.ts')).defineAlerts,
  },
  {
    name: 'retention',
    group: SERVER,
    description: 'what is kept for how long (needs --remote or DATABASE_URL)',
    load: async () => (await import('./define-retention.ts')).defineRetention,
  },
  {
    name: 'backup',
    group: SERVER,
    description: 'copies of the whole ledger (needs --remote or DATABASE_URL)',
    load: async () => (await import('./define-backup.ts')).defineBackup,
  },
  {
    name: 'keys',
    group: SERVER,
    description: 'the keys of the API (needs --remote or DATABASE_URL)',
    load: async () => (await import('./define-keys.ts')).defineKeys,
  },
  {
    name: 'doctor',
    group: SETUP,
    description: 'look for what is wrong with the set-up, and say what to do',
    load: async () => (await import('./define-doctor.ts')).defineDoctor,
  },
  {
    name: 'verify',
    group: SETUP,
    description: 'check an archive file against its manifest; needs no server',
    load: async () => (await import('./define-verify.ts')).defineVerify,
  },
  {
    name: 'completions',
    group: SETUP,
    description: 'print what makes a shell complete runledger’s commands and options',
    load: async () => (await import('./define-completions.ts')).defineCompletions,
  },
]

const HELP_OF_HELP = 'show how a command is used'
const USAGE = 2
const UNEXPECTED = 1

/** Runs one command line; gives back its exit code. */
export async function runProgram(argv: string[], outside: Outside): Promise<number> {
  let exitCode = 0
  const end = (code: number) => {
    exitCode = code
  }
  try {
    const program = await createProgram(outside, end, calledBy(argv))
    await (showsHelp(program, argv) ?? program.parseAsync(argv, { from: 'user' }))
    return exitCode
  } catch (error) {
    // Commander has said what is wrong itself.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE
    outside.terminal.warn(messageOf(error))
    return isLedgerError(error) ? exitCodeOf(error.code) : UNEXPECTED
  }
}

/** The whole program, of which the commands in `loaded` (all, unless told) have their options. */
export async function createProgram(
  outside: Outside,
  end: (exitCode: number) => void,
  loaded: (name: string) => boolean = () => true,
): Promise<Command> {
  const { paint, write, writeError } = outside.terminal
  const root = new Command('runledger')
    .description('One ledger for every run of every script, job and scraper.')
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .showHelpAfterError('(--help shows how it is used)')
    .helpOption('-h, --help', 'show this')
    .configureHelp({ styleTitle: (title) => paint('bold', title) })
    .configureOutput({
      writeOut: write,
      writeErr: writeError,
      outputError: (text, write) => write(text.replace(/^error: /, 'runledger: ')),
    })
    .version(outside.version, '-V, --version', 'show the version')
    .addHelpText(
      'after',
      examples(
        '$ runledger exec --kind nightly.backup -- ./backup.sh /var/data',
        '$ runledger runs list --state failed --since 24h',
      ),
    )
    .exitOverride()
  root.addHelpCommand(new Command('help').argument('[command...]').description(HELP_OF_HELP).helpGroup(SETUP))
  for (const { name, group, description, load } of COMMANDS) {
    const command = root.command(name).description(description).helpGroup(group)
    if (!loaded(name)) continue
    const define = await load()
    define(command, outside, end)
    if (command.commands.length > 0) command.helpCommand('help [command...]', HELP_OF_HELP)
  }
  return root
}

/**
 * Does what `help <command…>` asks, which may stand after a command that has others: null where that is not asked.
 * Commander would read no further than the first word.
 */
function showsHelp(program: Command, argv: string[]): Promise<unknown> | null {
  const at = argv.indexOf('help')
  const words = argv.filter((_, n) => n !== at)
  if (at === -1 || words.some((word) => word.startsWith('-'))) return null
  let command = program
  for (const [n, word] of words.entries()) {
    const found = command.commands.find((one) => one.name() === word)
    // What stands before `help` must have commands, or it is an argument like any other.
    if (n < at && !found?.commands.length) return null
    // A command that has others does nothing itself: it says that it does not know the word.
    if (found === undefined && command.commands.length > 0)
      return program.parseAsync(words.slice(0, n + 1), { from: 'user' })
    if (found === undefined)
      return command.error(`error: ${words.slice(0, n).join(' ')} has no command '${word}'`)
    command = found
  }
  return command.help()
}

/** The command that a line calls, also by `help <command>`. */
function calledBy(argv: string[]): (name: string) => boolean {
  const words = argv.filter((word) => !word.startsWith('-'))
  const called = words[0] === 'help' ? words[1] : words[0]
  return (name) => name === called || called === 'completions'
}
