import { LedgerError } from '../../run/errors.ts'
import { parseJson } from '../../run/json.ts'
import { LIMITS } from '../../run/limits.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** White space and escapes take room in JSON that an input is not charged for. */
const MOST_STDIN_BYTES = 8 * LIMITS.inputBytes

/** The input of a run, as `--input` or `--stdin` gives it; empty where neither was given. */
export async function givenInput(
  { input, stdin }: { input?: string | undefined; stdin: boolean },
  { readInput }: Pick<Terminal, 'readInput'>,
): Promise<{ input?: unknown }> {
  if (stdin) return { input: givenJson(await readInput(MOST_STDIN_BYTES), 'stdin') }
  return input === undefined ? {} : { input: givenJson(input, '--input') }
}

/** JSON that was given, as a value. The text itself stays out of the message: it may hold what is nobody's business. */
export function givenJson(text: string, source: 'stdin' | '--input' | '--body'): unknown {
  try {
    return parseJson(text)
  } catch {
    const advice =
      source === 'stdin' ? '' : `; quote it for the shell, as in ${source} '{"month": "2026-11"}'`
    throw new LedgerError('invalid', `${source} is ${text.trim() === '' ? 'empty' : 'not JSON'}${advice}`)
  }
}
