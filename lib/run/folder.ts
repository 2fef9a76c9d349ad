import type { Run } from './run.ts'

/**
 * The folder a run's files live under: `YYYYMMDD_HHMMSS_{runId}`, in UTC, of the run's first start, or of its creation when
 * it never started. Source 002.
 */
export function folderName(runId: string, at: string): string {
  const [date = '', time = ''] = new Date(at).toISOString().slice(0, 19).split('T')
  return `${date.replaceAll('-', '')}_${time.replaceAll(':', '')}_${runId}`
}

/** The folder of a run, whether or not it has started. */
export function folderOf(run: Pick<Run, 'id' | 'folderName' | 'createdAt'>): string {
  return run.folderName ?? folderName(run.id, run.createdAt)
}
