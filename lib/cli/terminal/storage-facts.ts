import { isHeld, UNTIL_RELEASED } from '../../run/hold.ts'
import type { Run } from '../../run/run.ts'
import { spokenBytes, spokenInstant } from './spoken-time.ts'

/** What there is of a run's files, where they are, and what keeps them: a name and a text each. */
export function storageFacts(
  run: Run,
  { at, now }: { at: (instant: string | null) => string | null; now: Date },
): [name: string, text: string | null][] {
  const { archivedAt, archiveBytes, archivePath, deletedAt, deletionReason, purgeAfter } = run
  const isLost = run.storageState === 'deleted' && archivePath === null && purgeAfter === null
  const isUnderWay = run.storageState.endsWith('ing')
  return [
    ['files', isLost ? null : filesOf(run)],
    ['storage', isUnderWay ? run.storageState : null],
    ['archived', archivedAt && `${at(archivedAt)}, ${spokenBytes(archiveBytes ?? 0)} in ${archivePath}`],
    ['restored', at(run.restoredAt)],
    ['held', isHeld(run, now.toISOString()) ? spokenHoldEnd(run.holdUntil ?? '') : null],
    ['kept until', at(run.retainUntil)],
    ['deleted', deletedAt && [at(deletedAt), deletionReason].filter(Boolean).join(': ')],
    ['purged', at(purgeAfter)],
  ]
}

/** A hold's end, in words. */
export const spokenHoldEnd = (until: string) =>
  until === UNTIL_RELEASED ? 'until it is released' : `until ${spokenInstant(until)}`

function filesOf({ outputCount, outputBytes, logBytes }: Run): string {
  const files =
    outputCount === 0
      ? ''
      : `${outputCount} ${outputCount === 1 ? 'file' : 'files'}, ${spokenBytes(outputBytes)}`
  const log = logBytes === 0 ? '' : `${spokenBytes(logBytes)} of log`
  return [files, log].filter(Boolean).join('; ')
}
