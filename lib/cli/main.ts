import { hostname } from 'node:os'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { ulid } from 'ulid'
import { Scope } from '../ports/actor.ts'
import { isLedgerError } from '../run/errors.ts'
import { childEnvironment } from '../runtime/child-environment.ts'
import { readConfig } from '../runtime/config.ts'
import { openVerbs } from '../runtime/open-verbs.ts'
import type { KeysDependencies } from './commands/keys.ts'
import { toMilliseconds } from './duration.ts'
import { exitCodeOf } from './exit-code.ts'

/** Runs one command; gives back its exit code. What a command needs is loaded by that command. */
export async function main(argv: string[]): Promise<number> {
  let exitCode = 0
  const end = (code: number) => {
    exitCode = code
  }
  try {
    await program(end).parseAsync(argv, { from: 'user' })
    return exitCode
  } catch (error) {
    // Commander has said what is wrong itself.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE
    warn(error instanceof Error ? error.message : String(error))
    return isLedgerError(error) ? exitCodeOf(error.code) : UNEXPECTED
  }
}

const USAGE = 2
const UNEXPECTED = 1

const warn = (message: string) => process.stderr.write(`runledger: ${message}\n`)
const print = (text: string) => process.stdout.write(`${text}\n`)

function program(end: (code: number) => void): Command {
  const root = new Command('runledger')
    .description('One ledger for every run of every script, job and scraper.')
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .showHelpAfterError('(runledger --help lists the commands)')
    .addHelpText('after', '\nExample:\n  $ runledger exec --kind nightly.backup -- ./backup.sh /var/data')
    .exitOverride()
  addExec(root, end)
  addKeys(root)
  addMigrate(root)
  addServe(root)
  return root
}

function addExec(root: Command, end: (code: number) => void): void {
  root
    .command('exec')
    .description('run a command as a tracked run; ends with the command’s own exit code')
    .requiredOption('--kind <kind>', 'what the run is called, such as nightly.backup')
    .option('--project <id>', 'the project it belongs to')
    .option('--name <text>', 'a name for this one run')
    .addOption(
      new Option('--label <key=value>', 'a label; may be repeated')
        .argParser(collectLabel)
        .default({}, 'none'),
    )
    .option(
      '--timeout <duration>',
      'end the command and all it started after this long',
      argument(toMilliseconds),
    )
    .addOption(
      new Option('--grace <duration>', 'between SIGTERM and SIGKILL')
        .argParser(argument(toMilliseconds))
        .default(10_000, '10s'),
    )
    .option(...REMOTE)
    .passThroughOptions()
    .argument('<command>', 'the command')
    .argument('[args...]', 'its arguments')
    .addHelpText('after', EXEC_HELP)
    .action(async (command: string, args: string[], options) => {
      const { execCommand } = await import('./commands/exec.ts')
      const { label: labels, timeout: timeoutMs, grace: graceMs, remote = false, ...rest } = options
      const dependencies = {
        // A bad configuration is a warning here, too: the command runs all the same.
        open: async () => openVerbs(readConfig(), { remote }),
        newId: ulid,
        workerId: `exec:${hostname()}:${process.pid}`,
        warn,
        now: () => new Date(),
        environment: childEnvironment,
      }
      end(await execCommand({ ...rest, labels, timeoutMs, graceMs }, command, args, dependencies))
    })
}

const REMOTE = ['--remote', 'use the server at RUNLEDGER_API_URL (default when that is set)'] as const

const EXEC_HELP = `
Lines such as "progress: 42" or "::progress 42 loading users" in the output become the run's progress.
The command finds the id of its run in RUNLEDGER_RUN_ID.

Examples:
  $ runledger exec --kind nightly.backup -- ./backup.sh /var/data
  $ runledger exec --kind report --timeout 1h --label team=data -- python report.py
  0 2 * * *  runledger exec --kind nightly.backup -- /opt/backup.sh        (in a crontab)`

function addKeys(root: Command): void {
  const keys = root
    .command('keys')
    .description('the keys of the API (needs --remote or DATABASE_URL)')
    .addHelpText('after', '\nExample:\n  $ runledger keys list')
  const json = ['--json', 'print JSON'] as const
  const deps = (options: { remote?: boolean; json?: boolean }): KeysDependencies => ({
    open: () => openVerbs(readConfig(), { remote: options.remote ?? false, server: true }),
    print,
    json: options.json ?? false,
  })
  keys
    .command('create')
    .description('make a key; its text is shown this once')
    .requiredOption('--name <name>', 'what it is for')
    .requiredOption('--scope <scope...>', `${Scope.options.join(', ')}`)
    .option('--project <id>', 'the only project it sees')
    .option('--expires <instant>', 'when it ends, such as 2027-01-01T00:00:00Z')
    .option(...REMOTE)
    .option(...json)
    .addHelpText(
      'after',
      '\nExample:\n  $ runledger keys create --name laptop --scope runs:read runs:write runs:work',
    )
    .action(async (options) => {
      const { createKeyCommand } = await import('./commands/keys.ts')
      await createKeyCommand({ ...options, scopes: options.scope }, deps(options))
    })
  keys
    .command('list')
    .description('list the keys')
    .option(...REMOTE)
    .option(...json)
    .addHelpText('after', '\nExample:\n  $ runledger keys list --json')
    .action(async (options) => (await import('./commands/keys.ts')).listKeysCommand(deps(options)))
  keys
    .command('rotate')
    .description('give a key a new secret; the old one ends at once')
    .argument('<id>', 'the id of the key')
    .option(...REMOTE)
    .option(...json)
    .addHelpText('after', '\nExample:\n  $ runledger keys rotate 01KBQK6M3V8Z5W0X2Y4A6C8E9G')
    .action(async (id, options) => (await import('./commands/keys.ts')).rotateKeyCommand(id, deps(options)))
  keys
    .command('revoke')
    .description('end a key for good')
    .argument('<id>', 'the id of the key')
    .option(...REMOTE)
    .option(...json)
    .addHelpText('after', '\nExample:\n  $ runledger keys revoke 01KBQK6M3V8Z5W0X2Y4A6C8E9G')
    .action(async (id, options) => (await import('./commands/keys.ts')).revokeKeyCommand(id, deps(options)))
}

function addMigrate(root: Command): void {
  root
    .command('migrate')
    .description('bring the database at DATABASE_URL (or this machine’s own) to this program’s schema')
    .addHelpText('after', '\nExample:\n  $ DATABASE_URL_DIRECT=postgres://… runledger migrate')
    .action(async () => {
      const { migrate } = await import('../runtime/migrate.ts')
      const { applied, place } = await migrate(readConfig())
      print(
        applied === 0
          ? `${place} is up to date`
          : `${place}: ${applied} migration${applied === 1 ? '' : 's'} applied`,
      )
    })
}

function addServe(root: Command): void {
  root
    .command('serve')
    .description('run the server, with a database of its own unless DATABASE_URL is set')
    .option('--port <port>', 'where to listen (default: PORT, else 3000)')
    .addHelpText('after', '\nExample:\n  $ runledger serve --port 8080')
    .action(async (options) => {
      const { serveCommand } = await import('../serve.ts')
      await serveCommand(readConfig({ PORT: options.port }))
    })
}

function argument<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text)
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message)
    }
  }
}

function collectLabel(text: string, labels: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('write key=value')
  return { ...labels, [text.slice(0, at)]: text.slice(at + 1) }
}
