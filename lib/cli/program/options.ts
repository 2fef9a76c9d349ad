import { type Command, InvalidArgumentError, Option } from 'commander'
import { LIMITS } from '../../run/limits.ts'
import { toMilliseconds } from '../duration.ts'
import { toInstantAhead } from '../instant.ts'
import type { CommandDependencies, Format, Outside } from '../outside.ts'

/** What every command that speaks to the ledger takes. */
export interface CommonOptions {
  remote?: boolean
  json?: boolean
  ndjson?: boolean
}

/** Of commands about what only a server's database has. */
export const IN_DATABASE = { server: true }

export const REMOTE = ['--remote', 'use the server at RUNLEDGER_API_URL (default when that is set)'] as const

/** Adds `--json` and `--remote`; for lists `--ndjson`, too. */
export function withCommonOptions(command: Command, { list = false } = {}): Command {
  command.addOption(new Option('--json', 'print JSON, and nothing else').conflicts('ndjson'))
  if (list) command.option('--ndjson', 'print one JSON value a line, as they come')
  return command.option(...REMOTE)
}

/** Adds how much of a list there is to be: `--limit`, `--all` and `--cursor`. */
export function withPaging(command: Command): Command {
  return command
    .option('--limit <n>', 'how many (default: 50)', limit)
    .addOption(new Option('--all', 'all there are').conflicts('limit'))
    .option('--cursor <cursor>', 'go on where a page ended')
}

/** What a command is given, by its options. */
export function dependenciesOf(
  outside: Outside,
  { remote = false, ...options }: CommonOptions,
  { server = false } = {},
): CommandDependencies {
  return {
    open: () => outside.open({ remote, server }),
    terminal: outside.terminal,
    now: outside.now,
    format: formatOf(options),
  }
}

function formatOf({ json, ndjson }: CommonOptions): Format {
  if (ndjson) return 'ndjson'
  return json ? 'json' : 'text'
}

/** A parser of an argument, whose complaint becomes commander's. */
export function argument<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text)
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message)
    }
  }
}

/** A whole number; whether it is in bounds is the verb's to say. */
export const wholeNumber = argument((text: string) => {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new Error('write a whole number')
})

/** An instant to come: a date, or how long it is until then. */
export const ahead = ({ now }: Pick<Outside, 'now'>) =>
  argument((text: string) => toInstantAhead(text, now()))

/** Of what is asked for page by page, how much; the verb sees one page of it at a time. */
const limit = argument((text: string) => {
  const count = /^\d{1,15}$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= MOST_LISTED) return count
  throw new Error(`write a whole number from 1 to ${MOST_LISTED}`)
})
const MOST_LISTED = 1_000_000

/** How long something may take: longer than nothing, and no longer than a run may. */
export const timeout = argument((text: string) => {
  const ms = toMilliseconds(text)
  if (ms > 0 && ms <= LIMITS.timeoutSeconds * 1_000) return ms
  throw new Error(`write a duration longer than 0 and of at most ${LIMITS.timeoutSeconds / 86_400}d`)
})

/** How long something is waited for while others wait. */
export const wait = argument((text: string) => {
  const ms = toMilliseconds(text)
  if (ms <= LONGEST_WAIT_MS) return ms
  throw new Error('write a duration of at most 7d')
})
const LONGEST_WAIT_MS = 7 * 86_400_000

/** Adds `key=value` to the labels so far. */
export function collectLabel(text: string, labels: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('write key=value')
  return { ...labels, [text.slice(0, at)]: text.slice(at + 1) }
}

/** `--label key=value`, any number of times. */
export const labelOption = () =>
  new Option('--label <key=value>', 'a label; may be repeated').argParser(collectLabel).default({}, 'none')

/** Several words out of a list, joined by commas or one after the other. */
export function wordsOf(flags: string, description: string, words: readonly string[]): Option {
  const option = new Option(flags, description).choices(words)
  return option.argParser((text: string, before: string[] = []) => {
    const given = text.split(',')
    const strange = given.find((word) => !words.includes(word))
    if (strange !== undefined)
      throw new InvalidArgumentError(`${JSON.stringify(strange)} is none of ${words.join(', ')}`)
    return [...before, ...given]
  })
}

/** The end of a command's help: each example on a line of its own. */
export function examples(...lines: string[]): string {
  return `\n${lines.length === 1 ? 'Example' : 'Examples'}:\n${lines.map((line) => `  ${line}`).join('\n')}`
}

/** The options that were given. */
export function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as T
}
