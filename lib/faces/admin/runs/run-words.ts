import { html } from 'hono/html'
import type { TypicalDuration } from '../../../ledger/runs/typical-durations.ts'
import { isHeld } from '../../../run/hold.ts'
import type { Retention } from '../../../run/retention.ts'
import type { Run } from '../../../run/run.ts'
import { againstTypical } from '../parts/against-typical.ts'
import { stateBadge, storageBadge } from '../parts/state-badge.ts'
import { ago, roughly, time } from '../parts/times.ts'
import { duration } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'

const SHOWN = 8
const NONE = html`<span class="dim none">–</span>`

/** To the page of a run, by the last characters of its id: the first ones say when it was made. */
export const runLink = ({ id }: Pick<Run, 'id'>) =>
  html`<a href="${paths.run(id)}" title="${id}" class="mono">…${id.slice(-SHOWN)}</a>`

export const stateOf = ({ state, cancelRequestedAt }: Run) =>
  stateBadge(state === 'running' && cancelRequestedAt !== null ? 'asked to stop' : state)

/** What made it. */
export function triggerOf({ cronExecutionId, origin, createdBy }: Run) {
  const what = cronExecutionId !== null ? 'cron' : origin === 'started' ? 'exec' : 'api'
  return html`<span class="one-line">${what}${createdBy === null || createdBy === what ? '' : html` <span class="dim">${createdBy}</span>`}</span>`
}

export function startedOf(reader: Reader, { startedAt, createdAt }: Run) {
  if (startedAt !== null) return html`<span class="one-line">${time(reader, startedAt)}</span>`
  return html`<span class="one-line dim">created ${ago(reader, createdAt)}</span>`
}

/** How long it was in the queue, from when it was due. */
export function waitedOf({ now }: Reader, { origin, runAt, createdAt, startedAt, finishedAt }: Run) {
  if (origin === 'started') return NONE
  const due = Math.max(Date.parse(runAt), Date.parse(createdAt))
  const end = startedAt ?? finishedAt
  const until = end === null ? now : Date.parse(end)
  return until < due ? NONE : duration(until - due)
}

export function durationOf({ now }: Reader, run: Run, typical: TypicalDuration | undefined) {
  const ms = run.durationMs ?? (run.state === 'running' ? Math.max(0, now - Date.parse(run.startedAt)) : null)
  return ms === null ? NONE : againstTypical(ms, typical)
}

/** Where its data is, and when it goes. */
export function storageOf(reader: Reader, run: Run, retention: Retention | undefined) {
  const { storageState, purgeAfter, holdUntil } = run
  const at = new Date(reader.now).toISOString()
  if (isHeld({ holdUntil }, at)) return storageBadge('held')
  const isGone = storageState === 'deleted' || storageState === 'deleting'
  const goes = isGone ? purgeAfter : (retention?.deleteAt ?? null)
  if (goes === null) return storageBadge(storageState)
  const [verb, due] = isGone
    ? ['gone', 'gone for good by the next sweep']
    : ['deletes', 'deleted by the next sweep']
  const when = goes <= at ? html`<span title="${due}">due</span>` : html`${verb} ${roughly(reader, goes)}`
  return html`<span class="one-line">${storageBadge(storageState)} <span class="goes dim">${when}</span></span>`
}
