import { html } from 'hono/html'
import type { ErrorCodeOfRun, Run } from '../../../run/run.ts'
import type { Html } from '../page.ts'
import { ago, time } from '../parts/times.ts'
import { counted, duration } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { listedWith } from '../runs/listed-with.ts'
import { plainRunError } from './plain-error.ts'
import { type SameError, sameErrorWords } from './same-error.ts'
import type { Streak } from './streak.ts'

/** What a reader wants to know first: how the run stands, why, and what to do about it. */
export function outcome(
  reader: Reader,
  run: Run,
  { streak, sameError }: { streak: Streak | null; sameError: SameError | null },
) {
  switch (run.state) {
    case 'queued':
      return banner('calm', queuedTitle(reader, run), { next: queuedNext(reader, run) })
    case 'running':
      return run.cancelRequestedAt === null
        ? banner('busy', html`Running${progressTitle(run)}`, {
            body: progressOf(run),
            next: beatOf(reader, run),
          })
        : banner('warn', html`Asked to stop ${ago(reader, run.cancelRequestedAt)}`, {
            body: progressOf(run),
            next: 'Its worker is told at its next heartbeat; if it does not answer, the sweep ends the run.',
          })
    case 'succeeded':
      return banner('good', 'Succeeded', {
        body: html`${run.outputRef === null ? '' : html`<p><code>${run.outputRef}</code></p>`}`,
      })
    case 'failed':
      return banner('bad', html`Failed: ${CODES[run.errorCode ?? 'error']}`, {
        body: html`${errorText(run)}${sameErrorWords(run, sameError)}${streakWords(reader, run, streak)}`,
        next: failedNext(run),
      })
    case 'canceled':
      return banner('calm', 'Canceled', {
        body: errorText(run),
        next: run.origin === 'enqueued' ? 'Retry puts it back into the queue.' : '',
      })
  }
}

function banner(
  tone: string,
  title: Html | string,
  { body = '', next = '' }: { body?: Html | string; next?: Html | string },
) {
  return html`<section class="outcome ${tone}" aria-labelledby="outcome">
    <h2 id="outcome">${title}</h2>
    ${body}
    ${next === '' ? '' : html`<p class="next">${next}</p>`}
  </section>`
}

/** Why the ledger itself says that a run failed. */
const CODES: Record<ErrorCodeOfRun, string> = {
  error: 'it reported an error',
  lost: 'its worker fell silent',
  timeout: 'it took longer than it may',
  stale: 'it ran for too long, and nobody ended it',
  released: 'its worker gave it back',
  canceled: 'it was asked to stop',
}

const errorText = ({ error }: Run) =>
  error === null || error.trim() === ''
    ? ''
    : html`<pre class="error" tabindex="0" role="group" aria-label="Error">${plainRunError(error)}</pre>`

function failedNext({ errorCode, timeoutSeconds, origin }: Run): string {
  const again = origin === 'enqueued' ? 'then retry it.' : 'then start it again where it was started.'
  switch (errorCode) {
    case 'lost':
      return `See whether its machine is up and what the log ends with, ${again}`
    case 'timeout':
      return `It may take ${timeoutSeconds === null ? 'no longer' : duration(timeoutSeconds * 1_000)}: see in the log what it waited for, or give it a larger timeoutSeconds, ${again}`
    case 'stale':
      return 'See whether it is still going on where it was started; a script may be allowed more by its staleAfterSeconds.'
    default:
      return `Read what it printed last, ${again}`
  }
}

function streakWords(reader: Reader, run: Run, streak: Streak | null) {
  if (streak === null || streak.failures < 2) return ''
  const { kind } = run
  const { failures, since, isMore, lastSuccess } = streak
  const listed = listedWith(reader, run, { kind, state: 'failed' }, since)
  return html`<p><a href="${listed}">${isMore ? 'At least ' : ''}${counted(failures, 'failure')} of ${kind} in a row</a>${
    lastSuccess === null
      ? ''
      : html`; the last that succeeded: <a href="${paths.run(lastSuccess.id)}">${lastSuccess.name ?? lastSuccess.id}</a>`
  }.</p>`
}

const progressTitle = ({ progress }: Run) => (progress > 0 ? `, ${progress} % done` : '')

function progressOf({ progress, progressMessage }: Run) {
  if (progress === 0 && progressMessage === null) return ''
  return html`<progress max="100" value="${progress}" aria-label="Progress">${progress} %</progress>
    ${progressMessage === null ? '' : html`<p>${progressMessage}</p>`}`
}

function beatOf(reader: Reader, { heartbeatAt, leaseExpiresAt }: Run): Html | string {
  if (leaseExpiresAt === null)
    return 'It was started without a lease: it ends when whoever started it says so, or as stale.'
  return html`Its last heartbeat: ${ago(reader, heartbeatAt)}.`
}

const isDelayed = ({ now }: Reader, { runAt }: Run) => Date.parse(runAt) > now

const queuedTitle = (reader: Reader, run: Run) =>
  isDelayed(reader, run) ? html`Queued, due ${ago(reader, run.runAt)}` : 'Queued, waits for a worker'

function queuedNext(reader: Reader, run: Run): Html {
  if (isDelayed(reader, run)) return html`No worker takes it before ${time(reader, run.runAt)}.`
  return html`Any worker of this kind takes it: <code>runledger worker --kinds ${run.kind} --exec …</code>`
}
