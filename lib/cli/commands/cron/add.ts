import type { Verbs } from '../../../client/verbs.ts'
import { isLedgerError, LedgerError } from '../../../run/errors.ts'
import type { CommandDependencies } from '../../outside.ts'
import { toShell } from '../../program/to-shell.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { toJson } from '../../terminal/to-json.ts'
import { withVerbs } from '../../with-verbs.ts'
import { givenInput, givenJson } from '../given-json.ts'
import { standing } from './set-enabled.ts'

type NewCronJob = Parameters<Verbs['createCronJob']>[0]

export interface AddOptions {
  /** What is said of it besides what it does. */
  job: Omit<NewCronJob, 'action' | 'timeoutMs'>
  enqueue?: string | undefined
  /** JSON, as text. */
  input?: string | undefined
  /** The input comes on stdin. */
  stdin: boolean
  maxAttempts?: number | undefined
  http?: string | undefined
  headers: Record<string, string>
  /** JSON, as text. */
  body?: string | undefined
  builtin?: string | undefined
  timeoutMs?: number | undefined
}

const DAY_MS = 86_400_000

/** `cron add`: makes a job, and says when it is due. */
export async function addCronCommand(options: AddOptions, deps: CommandDependencies): Promise<number> {
  const { terminal, format, now } = deps
  const job = { ...options.job, ...(await toDo(options, terminal)) }
  const made = await withVerbs(deps, (verbs) => verbs.createCronJob(job)).catch(aboutName)
  if (format !== 'text') terminal.print(toJson(made))
  else {
    terminal.print(standing(made, now()))
    terminal.hint(`Run it now: ${toShell(['runledger', 'cron', 'trigger', made.name], { wait: true })}`)
  }
  return 0
}

/** What it does, and for how long. */
async function toDo(
  options: AddOptions,
  terminal: Terminal,
): Promise<Pick<NewCronJob, 'action' | 'timeoutMs'>> {
  const { enqueue: kind, http: url, builtin: name, headers, body, maxAttempts, timeoutMs } = options
  if (kind !== undefined) {
    const timeoutSeconds = timeoutMs === undefined ? {} : { timeoutSeconds: Math.ceil(timeoutMs / 1_000) }
    const attempts = maxAttempts === undefined ? {} : { maxAttempts }
    const input = await givenInput(options, terminal)
    return { action: { type: 'enqueue', kind, ...input, ...attempts, ...timeoutSeconds } }
  }
  if (timeoutMs !== undefined && timeoutMs > DAY_MS)
    throw new LedgerError(
      'invalid',
      '--timeout: a call and a builtin have a day at most, a run that is enqueued 30d',
    )
  const limit = timeoutMs === undefined ? {} : { timeoutMs }
  if (url !== undefined) {
    const given = body === undefined ? {} : { body: givenJson(body, '--body') }
    return { action: { type: 'http', url, headers, ...given }, ...limit }
  }
  if (name !== undefined) return { action: { type: 'builtin', name }, ...limit }
  throw new LedgerError('invalid', 'say what it does: --enqueue <kind>, --http <url> or --builtin <name>')
}

/** Elsewhere a name is an option; here it is none. */
function aboutName(error: unknown): never {
  if (isLedgerError(error) && error.issues[0]?.path === 'name')
    throw new LedgerError(error.code, error.message, { cause: error })
  throw error
}
