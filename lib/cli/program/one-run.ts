import type { Command } from 'commander'
import { examples, withCommonOptions } from './options.ts'

/** A run's id, for examples. */
export const ID = '01KBQK6M3V8Z5W0X2Y4A6C8E9G'

/** Adds a command about one run; `example` is what may follow its id, one line each. */
export function addOne(
  runs: Command,
  name: string,
  description: string,
  { list = false, example = [''] }: { list?: boolean; example?: string[] } = {},
): Command {
  const command = runs.command(name).description(description).argument('<id>', 'the id of the run')
  return withCommonOptions(command, { list }).addHelpText(
    'after',
    examples(...example.map((more) => `$ runledger runs ${name} ${ID} ${more}`.trimEnd())),
  )
}
