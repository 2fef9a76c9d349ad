import type { DueCandidate } from '../../ports/deletion-store.ts'

/** What goes with a run's objects, as it was recorded: of an archived one its archive, else its log and its outputs. */
export function freedBy(run: DueCandidate): { logFiles: number; bytes: number } {
  const { logFile, logBytes, outputBytes, archivePath, archiveBytes } = run
  const bytes = archivePath === null ? logBytes + outputBytes : (archiveBytes ?? 0)
  return { logFiles: logFile === null || archivePath !== null ? 0 : 1, bytes }
}
