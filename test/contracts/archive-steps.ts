import { ulid } from 'ulid'
import type {
  Archive,
  ArchivePart,
  NewArchive,
  SetArchived,
  StorageChange,
  StorageLease,
  TakenStorage,
  TakeStorage,
} from '../../lib/ports/archive-store.ts'
import type { OpenStore } from '../../lib/ports/open-store.ts'
import type { RunningRun } from '../../lib/run/run.ts'
import { unique } from '../support/make.ts'
import { must } from './harness.ts'
import { moved } from './log-steps.ts'
import { commitAll } from './output-steps.ts'
import { startRun, succeed } from './steps.ts'

const NOBODY_ELSE = 1_000

/** A run that has ended and left two files. */
export async function endedRun(store: OpenStore): Promise<RunningRun> {
  const run = await startRun(store, { projectId: unique('p') })
  await commitAll(store, run, 'a.csv', 'b/c.csv')
  await moved(store, succeed(run))
  return run
}

export function taking(id: string, overrides: Partial<TakeStorage> = {}): TakeStorage {
  return { id, work: 'archive', leaseSeconds: 60, most: NOBODY_ELSE, ...overrides }
}

/** Takes a run's storage, which must be possible. */
export async function take(
  store: OpenStore,
  id: string,
  overrides: Partial<TakeStorage> = {},
): Promise<TakenStorage> {
  const taken = must(await store.archives.take(taking(id, overrides)))
  if (taken === 'busy') throw new Error('the test expected that nobody else archives')
  return taken
}

/** What somebody who comes after the lease has expired gets. */
export async function takeOver(store: OpenStore, { runId }: StorageLease): Promise<StorageLease> {
  await lapse(store, runId)
  return (await take(store, runId, { work: 'resume' })).lease
}

export async function lapse(store: OpenStore, id: string): Promise<void> {
  await store.raw(
    `UPDATE runs SET "storageLeaseExpiresAt" = now() - interval '1 hour' WHERE id = '${id}' AND "storageLeaseExpiresAt" IS NOT NULL`,
  )
}

export function newArchive(runId: string, attempt = 1): NewArchive {
  return {
    attempt,
    key: `archive/2026/01/${runId}~${attempt}.tar.gz`,
    compression: 'gzip',
    manifest: '{"entries":[]}\n',
    manifestSha256: 'd'.repeat(64),
    tarBytes: 4_096,
  }
}

export function newPart(number: number, overrides: Partial<ArchivePart> = {}): ArchivePart {
  return {
    number,
    etag: `etag-${number}`,
    start: (number - 1) * 1_000,
    bytes: 1_000,
    sha256: 'e'.repeat(64),
    tarStart: (number - 1) * 2_000,
    tarBytes: 2_000,
    ...overrides,
  }
}

/** An attempt that is stored whole. */
export async function storedArchive(store: OpenStore, lease: StorageLease, attempt = 1): Promise<Archive> {
  const archive = must(await store.archives.freeze(lease, newArchive(lease.runId, attempt)))
  await store.archives.addPart(lease, attempt, newPart(1))
  await store.archives.note(lease, attempt, { status: 'stored', bytes: 1_000 })
  return archive
}

/** Who does it. */
export function by(actor: string): StorageChange {
  return { actor, requestId: 'request-1', auditId: ulid() }
}

export function archived(): SetArchived {
  return { ...by('system'), bytes: 1_000, sha256: 'f'.repeat(64), originalBytes: 20 }
}

/** A run that is in its archive, and nowhere else. */
export async function archivedRun(store: OpenStore): Promise<RunningRun> {
  const run = await endedRun(store)
  const { lease } = await take(store, run.id)
  await storedArchive(store, lease)
  must(await store.archives.setArchived(lease, 1, archived()))
  await store.archives.beginRemoving(lease, 1)
  await store.archives.endRemoving(lease, 1)
  return run
}
