import { z } from 'zod'
import type { Finding } from '../../cli/commands/doctor.ts'
import { spokenDuration } from '../../cli/terminal/spoken-time.ts'
import type { Verbs } from '../../client/verbs.ts'
import type { Scope } from '../../ports/actor.ts'
import { isLedgerError } from '../../run/errors.ts'
import type { Config } from '../config.ts'
import { openVerbs } from '../open-verbs.ts'
import { examineCron } from './examine-cron.ts'

const PATIENCE_MS = 10_000
const MAX_SKEW_MS = 10_000

/** The server: whether it is there and is one of ours, its clock, and what the key may do. */
export async function* examineServer(config: Config, url: string): AsyncGenerator<Finding> {
  const reached = await reach(url)
  yield reached.finding
  if (reached.finding.status === 'fail') return
  yield* examineClock(reached)
  if (config.RUNLEDGER_API_KEY === undefined) {
    const advice = 'set RUNLEDGER_API_KEY; an admin makes one with: runledger keys create'
    yield {
      name: 'key',
      status: 'fail',
      message: 'RUNLEDGER_API_KEY is not set',
      advice,
      code: 'unauthorized',
    }
    return
  }
  const { verbs, close } = await openVerbs(config, { remote: true })
  try {
    yield await examineKey(verbs)
    yield* examineCron(verbs)
  } finally {
    await close()
  }
}

interface Reached {
  finding: Finding
  date: string | null
  sentAt: number
  tookMs: number
}

/** By its API's description a server is known for one of ours; anybody may read that. */
const Description = z.object({ info: z.object({ title: z.literal('Runledger') }) })

async function reach(url: string): Promise<Reached> {
  const name = 'server'
  const sentAt = Date.now()
  const base = url.endsWith('/') ? url : `${url}/`
  const failed = (message: string, advice: string): Reached => ({
    finding: { name, status: 'fail', message, advice, code: 'unavailable' },
    date: null,
    sentAt,
    tookMs: 0,
  })
  try {
    const response = await fetch(new URL('v1/openapi.json', base), {
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    const text = await response.text()
    const tookMs = Date.now() - sentAt
    const location = response.headers.get('location')
    if (location !== null)
      return failed(`${url} points to ${location}`, 'set RUNLEDGER_API_URL to where the server itself is')
    if (!response.ok || !isOurs(text))
      return failed(
        `${url} answers ${response.status}, but not as a Runledger server`,
        'check RUNLEDGER_API_URL',
      )
    const finding: Finding = isInTheClear(url)
      ? {
          name,
          status: 'warn',
          message: `${url} answers in ${spokenDuration(tookMs)}, but over http anyone on the way can read the key`,
          advice: 'use https',
        }
      : { name, status: 'ok', message: `${url} answers in ${spokenDuration(tookMs)}` }
    return { finding, date: response.headers.get('date'), sentAt, tookMs }
  } catch (error) {
    const { name: kind, code, message } = ((error as Error).cause ?? error) as NodeJS.ErrnoException
    const why = kind === 'TimeoutError' ? `no answer in ${PATIENCE_MS / 1_000} s` : (code ?? message)
    return failed(`${url} cannot be reached (${why})`, 'check RUNLEDGER_API_URL, and that the server runs')
  }
}

function isOurs(text: string): boolean {
  try {
    return Description.safeParse(JSON.parse(text)).success
  } catch {
    return false
  }
}

function isInTheClear(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'http:' && !/^(localhost|127\..*|\[::1\])$/.test(hostname)
}

/** The header tells whole seconds, of a moment between question and answer. */
function* examineClock({ date, sentAt, tookMs }: Reached): Generator<Finding> {
  if (date === null || Number.isNaN(Date.parse(date))) return
  const ahead = sentAt + tookMs / 2 - (Date.parse(date) + 500)
  const skew = Math.max(0, Math.abs(ahead) - tookMs / 2 - 500)
  if (skew <= MAX_SKEW_MS) {
    yield { name: 'clock', status: 'ok', message: 'agrees with the server’s' }
    return
  }
  yield {
    name: 'clock',
    status: 'warn',
    message: `this machine is ${spokenDuration(skew)} ${ahead > 0 ? 'ahead of' : 'behind'} the server`,
    advice: 'set the clock (NTP): --delay, --since 2h and the start times of exec go by it',
  }
}

/** Every verb looks at the scope first: what it then finds wrong with nothing at all does not matter. */
const PROBES: { scope: Scope; use: string; call: (verbs: Verbs) => Promise<unknown> }[] = [
  { scope: 'runs:read', use: 'list, status, tail', call: (verbs) => verbs.listRuns({ limit: 1 }) },
  { scope: 'runs:write', use: 'enqueue, cancel, retry', call: (verbs) => verbs.enqueueRun({} as never) },
  { scope: 'runs:work', use: 'exec, worker', call: (verbs) => verbs.startRun({} as never) },
  { scope: 'admin', use: 'keys', call: (verbs) => verbs.listKeys({ limit: 1 }) },
]

async function examineKey(verbs: Verbs): Promise<Finding> {
  const name = 'key'
  const may: string[] = []
  const mayNot: string[] = []
  for (const { scope, use, call } of PROBES) {
    const error = await call(verbs).then(
      () => null,
      (thrown: unknown) => thrown,
    )
    const code = isLedgerError(error) ? error.code : null
    if (error === null || code === 'invalid') may.push(scope)
    else if (code === 'forbidden') mayNot.push(`${scope} (${use})`)
    else if (code === null) throw error
    else return { name, status: 'fail', message: (error as Error).message, advice: adviceOn(code), code }
  }
  if (may.length === 0)
    return {
      name,
      status: 'fail',
      message: 'the key may do nothing',
      advice: adviceOn('forbidden'),
      code: 'forbidden',
    }
  const rest = mayNot.length === 0 ? '' : `; not for ${mayNot.join(', ')}`
  return { name, status: 'ok', message: `good for ${may.join(', ')}${rest}` }
}

function adviceOn(code: string): string {
  if (code === 'unauthorized' || code === 'forbidden')
    return 'set RUNLEDGER_API_KEY to a key in use; an admin makes one with: runledger keys create'
  return 'the server is there, but cannot do its work: look at its log and at its database'
}
