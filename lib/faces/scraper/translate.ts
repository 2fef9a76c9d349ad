import type { EnqueueItem } from '../../ledger/runs/enqueue-run.ts'
import type { DeletedRun } from '../../run/deletion.ts'
import type { Run } from '../../run/run.ts'
import type { RunOutput } from '../../run/run-output.ts'
import type { RunState } from '../../run/transitions.ts'
import type { NewJob } from './shapes.ts'

/** A state as source 002 has it. */
export type JobStatus = 'pending' | 'running' | 'completed' | 'failed' | 'cancelled'

/** The status of a state. */
export function toJobStatus(state: RunState): JobStatus {
  switch (state) {
    case 'queued':
      return 'pending'
    case 'running':
      return 'running'
    case 'succeeded':
      return 'completed'
    case 'failed':
      return 'failed'
    case 'canceled':
      return 'cancelled'
  }
}

/** The states that a status stands for. */
export function fromJobStatus(status: JobStatus): [RunState, ...RunState[]] {
  switch (status) {
    case 'pending':
      return ['queued']
    case 'running':
      return ['running']
    case 'completed':
      return ['succeeded']
    case 'failed':
      return ['failed']
    case 'cancelled':
      return ['canceled']
  }
}

/** A run as a job of a list. `folder_name` is source 002's: the folder itself is `{folder_name}_{job_id}`. */
export function toJobRow(run: Run) {
  return {
    job_id: run.id,
    name: run.name ?? run.kind,
    description: run.labels.description ?? null,
    type: run.kind,
    status: toJobStatus(run.state),
    progress: run.progress,
    message: run.progressMessage,
    error: run.error,
    folder_name: run.folderName?.slice(0, 'YYYYMMDD_HHMMSS'.length) ?? null,
    created_by: run.createdBy,
    created_at: run.createdAt,
    started_at: run.startedAt,
    completed_at: run.finishedAt,
    storage_state: run.storageState,
    archived_at: run.archivedAt,
    archive_path: run.archivePath,
    deleted_at: run.deletedAt,
    deletion_reason: run.deletionReason,
    stats: {
      duration_ms: run.durationMs,
      log_bytes: run.logBytes,
      output_bytes: run.outputBytes,
      output_count: run.outputCount,
      archive_bytes: run.archiveBytes,
    },
  }
}

/** A run as a job, with what it was given. */
export function toJob(run: Run) {
  return { ...toJobRow(run), ...fromInput(run.input) }
}

/** What became of a job that was deleted. */
export function toDeletedJob({ id, mode, deletedAt, purgeAfter, freedBytes }: DeletedRun) {
  return { job_id: id, mode, deleted_at: deletedAt, purge_after: purgeAfter, freed_bytes: freedBytes }
}

/** A file that a job produced, and where it is to be had. */
export function toResult(jobId: string, { path, bytes, sha256, contentType }: RunOutput) {
  const names = path.split('/').map(encodeURIComponent)
  return {
    path,
    bytes,
    sha256,
    content_type: contentType,
    download_url: `/v1/runs/${jobId}/outputs/${names.join('/')}`,
  }
}

/** The run that a new job is: what it is given is its input. */
export function fromNewJob({ name, description, type, config, output }: NewJob): EnqueueItem {
  return {
    kind: type,
    name,
    input: { config, ...(output === undefined ? {} : { output }) },
    ...(description ? { labels: { description } } : {}),
  }
}

/** What a field of that run is called in a new job; undefined: the same. */
export function fieldOfJob(path: string): string | undefined {
  if (path === 'input') return 'config and output'
  return path.startsWith('input.') || path.startsWith('labels.')
    ? path.slice(path.indexOf('.') + 1)
    : undefined
}

/** What a job was given; the input of a run that came by another door is its configuration. */
function fromInput(input: unknown): { config: unknown; output: unknown } {
  if (!isOurs(input)) return { config: input, output: null }
  return { config: input.config, output: input.output ?? null }
}

function isOurs(input: unknown): input is { config: unknown; output?: unknown } {
  if (typeof input !== 'object' || input === null || !('config' in input)) return false
  return Object.keys(input).every((key) => key === 'config' || key === 'output')
}
