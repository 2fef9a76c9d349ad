import type { Verbs } from '../../../client/verbs.ts'
import { LedgerError } from '../../../run/errors.ts'
import { parseJson } from '../../../run/json.ts'
import { LIMITS } from '../../../run/limits.ts'
import type { CommandDependencies } from '../../outside.ts'
import { toJson } from '../../terminal/to-json.ts'
import { withVerbs } from '../../with-verbs.ts'

export interface EnqueueOptions extends Omit<Parameters<Verbs['enqueueRun']>[0], 'input' | 'runAt'> {
  /** JSON, as text. */
  input?: string | undefined
  /** The input comes on stdin. */
  stdin: boolean
  runAt?: string | undefined
  delayMs?: number | undefined
}

/** White space and escapes take room in JSON that an input is not charged for. */
const MOST_STDIN_BYTES = 8 * LIMITS.inputBytes

/** `runs enqueue`: adds a run to the queue and prints its id alone, for a script to keep. */
export async function enqueueCommand(options: EnqueueOptions, deps: CommandDependencies): Promise<number> {
  const { terminal, format, now } = deps
  const { input, stdin, delayMs, runAt, ...rest } = options
  const text = stdin ? await terminal.readInput(MOST_STDIN_BYTES) : input
  const due = delayMs === undefined ? runAt : new Date(now().getTime() + delayMs).toISOString()
  const run = {
    ...rest,
    ...(text === undefined ? {} : { input: toValue(text, stdin ? 'stdin' : '--input') }),
    ...(due === undefined ? {} : { runAt: due }),
  }
  const answer = await withVerbs(deps, (verbs) => verbs.enqueueRun(run))
  if (format !== 'text') terminal.print(toJson(answer.run))
  else {
    terminal.print(answer.run.id)
    const what = answer.replayed ? 'That key was used before: this is its first run' : 'Queued'
    terminal.hint(`${what}. Follow it: runledger runs tail ${answer.run.id}`)
  }
  return 0
}

/** The text itself stays out of the message: it may hold what is nobody's business. */
function toValue(text: string, source: string): unknown {
  try {
    return parseJson(text)
  } catch {
    const advice = source === 'stdin' ? '' : `; quote it for the shell, as in --input '{"month": "2026-11"}'`
    throw new LedgerError('invalid', `${source} is ${text.trim() === '' ? 'empty' : 'not JSON'}${advice}`)
  }
}
