import { ulid } from 'ulid'
import type { AuditEntry } from '../../lib/ports/audit-store.ts'
import type { OpenStore } from '../../lib/ports/open-store.ts'
import type { HoldChange } from '../../lib/ports/retention-store.ts'
import type { NewRun } from '../../lib/ports/run-store.ts'
import type { Run } from '../../lib/run/run.ts'
import { unique } from '../support/make.ts'
import { must } from './harness.ts'
import { getRun, moveOne, startRun, succeed } from './steps.ts'

/** A run that has succeeded, so many seconds ago where that is said. */
export async function finishedRun(
  store: OpenStore,
  overrides: Partial<NewRun> & { projectId?: string } = {},
  { secondsAgo = 0, columns = {} }: { secondsAgo?: number; columns?: Record<string, string | number> } = {},
): Promise<Run> {
  const run = await startRun(store, { projectId: unique('p'), ...overrides })
  must(await moveOne(store, succeed(run)))
  const back = `- interval '${secondsAgo} seconds'`
  const times = ['createdAt', 'startedAt', 'finishedAt'].map((column) => `"${column}" = "${column}" ${back}`)
  const others = Object.entries(columns).map(([name, value]) => `"${name}" = '${value}'`)
  await store.raw(`UPDATE runs SET ${[...times, ...others].join(', ')} WHERE id = '${run.id}'`)
  return await getRun(store, run.id)
}

export function holdOf(id: string, overrides: Partial<HoldChange> = {}): HoldChange {
  return {
    id,
    holdId: ulid(),
    auditId: ulid(),
    reason: 'an audit',
    actor: 'ada',
    requestId: 'request-1',
    until: '2100-01-01T00:00:00.000Z',
    ...overrides,
  }
}

export function auditEntry(overrides: Partial<AuditEntry> = {}): AuditEntry {
  return { id: ulid(), action: 'run.deleted', actor: 'ada', ...overrides }
}

/** Of a run, oldest first. */
export async function auditOf({ audit }: OpenStore, jobId: string) {
  return (await audit.list({ jobId, limit: 1_000 })).reverse()
}
