import { html } from 'hono/html'
import type { TypicalDuration } from '../../../ledger/runs/typical-durations.ts'
import type { CronExecution } from '../../../run/cron-execution.ts'
import type { Run } from '../../../run/run.ts'
import type { Html } from '../page.ts'
import { facts, figure, figures } from '../parts/blocks.ts'
import { ago, time } from '../parts/times.ts'
import { bytes, duration } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { listedWith } from '../runs/listed-with.ts'

/** The numbers that matter of a run. */
export function runFigures(reader: Reader, run: Run, typical: TypicalDuration | undefined) {
  const took = tookMs(reader, run)
  const waited = waitedMs(reader, run)
  const { attempt, maxAttempts, memoryPeakBytes, cpuSeconds, exitCode } = run
  return figures([
    figure(
      run.state === 'running' ? 'Running for' : run.state === 'queued' ? 'Will take' : 'Took',
      took === null ? '–' : duration(took),
      typicalNote(took, typical),
    ),
    ...(run.origin === 'started' ? [] : [figure('Waited', waited === null ? '–' : duration(waited))]),
    ...(maxAttempts > 1 ? [figure('Attempt', attempt === 0 ? '–' : attempt, `of ${maxAttempts}`)] : []),
    ...(exitCode === null ? [] : [figure('Exit code', exitCode)]),
    ...(memoryPeakBytes === null ? [] : [figure('Peak memory', bytes(memoryPeakBytes))]),
    ...(cpuSeconds === null ? [] : [figure('CPU time', duration(cpuSeconds * 1_000))]),
  ])
}

/** All else that is known of how it came and who had it. */
export function runFacts(reader: Reader, run: Run, execution: CronExecution | null) {
  const { kind, projectId, priority, timeoutSeconds, folderName, idempotencyKey } = run
  const known: [string, Html | string | null][] = [
    ['Kind', html`<a href="${listedWith(reader, run, { kind })}">${kind}</a>`],
    ['Name', run.name],
    [
      'Project',
      projectId === null
        ? null
        : html`<a href="${listedWith(reader, run, { project: projectId })}">${projectId}</a>`,
    ],
    ['Trigger', triggerOf(reader, run, execution)],
    ['Created', time(reader, run.createdAt)],
    ['Due', !isDelayed(run) ? null : time(reader, run.runAt)],
    ['Started', run.startedAt === null ? null : time(reader, run.startedAt)],
    ['Finished', run.finishedAt === null ? null : time(reader, run.finishedAt)],
    ['Worker', run.claimedBy === null ? null : html`<code>${run.claimedBy}</code>`],
    ['Process', run.pid === null ? null : `pid ${run.pid}`],
    ['Heartbeat', run.state === 'running' && run.heartbeatAt !== null ? ago(reader, run.heartbeatAt) : null],
    ['Timeout', timeoutSeconds === null ? null : duration(timeoutSeconds * 1_000)],
    ['Priority', run.origin === 'started' ? null : String(priority)],
    ['Labels', labelsOf(reader, run)],
    ['Idempotency key', idempotencyKey === null ? null : html`<code>${idempotencyKey}</code>`],
    ['Folder', folderName === null ? null : html`<code>${folderName}</code>`],
  ]
  return facts(
    known.flatMap(([name, value]): [string, Html | string][] => (value === null ? [] : [[name, value]])),
  )
}

const CRON_TRIGGERS: Record<CronExecution['triggeredBy'], string> = {
  scheduler: 'by its schedule',
  manual: 'triggered by hand',
  api: 'triggered over the API',
  retry: 'as a retry',
}

/** How it came to be, and by whom. */
function triggerOf(
  reader: Reader,
  { origin, createdBy, cronExecutionId, attempt }: Run,
  execution: CronExecution | null,
): Html | string {
  if (execution !== null) {
    const { cronJobId, triggeredBy, scheduledFor } = execution
    const why = scheduledFor === null ? CRON_TRIGGERS[triggeredBy] : html`due ${time(reader, scheduledFor)}`
    return html`<span class="prose"><a href="${paths.cronJob(cronJobId)}">a cron job</a>, ${why}</span>`
  }
  if (cronExecutionId !== null) return 'a cron job'
  const who = createdBy ?? 'nobody known'
  if (origin === 'started') return `started by ${who}`
  return `queued by ${who}${attempt > 1 ? ', tried again' : ''}`
}

function labelsOf(reader: Reader, run: Run) {
  const all = Object.entries(run.labels)
  if (all.length === 0) return null
  return html`<span class="labels">${all.map(
    ([key, value]) =>
      html`<a class="label" href="${listedWith(reader, run, { label: `${key}=${value}` })}">${key}=${value}</a> `,
  )}</span>`
}

/** Elapsed against what is usual: the bar is full at the time within which 95 % end. */
function typicalNote(took: number | null, typical: TypicalDuration | undefined): Html | string {
  if (typical === undefined) return ''
  const { medianMs, p95Ms } = typical
  const words = `usually ${duration(medianMs)}, 95 % within ${duration(p95Ms)}`
  if (took === null) return words
  return html`<meter min="0" max="${p95Ms}" high="${p95Ms * 0.95}" optimum="0" value="${Math.min(took, p95Ms)}" aria-label="Against what is usual"></meter>
    ${took > p95Ms ? 'longer than 95 % do: ' : ''}${words}`
}

function tookMs({ now }: Reader, run: Run): number | null {
  if (run.durationMs !== null) return run.durationMs
  return run.state === 'running' ? Math.max(0, now - Date.parse(run.startedAt)) : null
}

/** Whether it was to wait before anybody took it. */
const isDelayed = ({ origin, runAt, createdAt }: Run) =>
  origin === 'enqueued' && Date.parse(runAt) - Date.parse(createdAt) >= 1_000

/** From when it could be taken until it was. */
function waitedMs({ now }: Reader, { origin, state, runAt, createdAt, startedAt }: Run): number | null {
  if (origin === 'started') return null
  const due = Math.max(Date.parse(runAt), Date.parse(createdAt))
  if (startedAt !== null) return Math.max(0, Date.parse(startedAt) - due)
  return state === 'queued' && now > due ? now - due : null
}
