import type { Verbs } from '../../../client/verbs.ts'
import type { CommandDependencies } from '../../outside.ts'
import { toJson } from '../../terminal/to-json.ts'
import { withVerbs } from '../../with-verbs.ts'
import { givenInput } from '../given-json.ts'

export interface EnqueueOptions extends Omit<Parameters<Verbs['enqueueRun']>[0], 'input' | 'runAt'> {
  /** JSON, as text. */
  input?: string | undefined
  /** The input comes on stdin. */
  stdin: boolean
  runAt?: string | undefined
  delayMs?: number | undefined
}

/** `runs enqueue`: adds a run to the queue and prints its id alone, for a script to keep. */
export async function enqueueCommand(options: EnqueueOptions, deps: CommandDependencies): Promise<number> {
  const { terminal, format, now } = deps
  const { input, stdin, delayMs, runAt, ...rest } = options
  const given = await givenInput({ input, stdin }, terminal)
  const due = delayMs === undefined ? runAt : new Date(now().getTime() + delayMs).toISOString()
  const run = {
    ...rest,
    ...given,
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
