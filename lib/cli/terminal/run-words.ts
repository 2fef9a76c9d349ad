import type { Run } from '../../run/run.ts'
import { relativeTime, spokenDuration } from './spoken-time.ts'
import type { Paint } from './terminal.ts'

type Look = Parameters<Paint>[0]

const LOOKS: Record<Run['state'], { mark: string; look: Look }> = {
  queued: { mark: '○', look: 'gray' },
  running: { mark: '●', look: 'cyan' },
  succeeded: { mark: '✓', look: 'green' },
  failed: { mark: '✗', look: 'red' },
  canceled: { mark: '⊘', look: 'yellow' },
}

/** The colour of a state. */
export const lookOf = ({ state }: Pick<Run, 'state'>): Look => LOOKS[state].look

/** `✓ succeeded`. */
export const markedState = ({ state }: Pick<Run, 'state'>): string => `${LOOKS[state].mark} ${state}`

/** How long the run took, or has taken so far; empty before its start. */
export function took(run: Run, now: Date): string {
  if (run.durationMs !== null) return spokenDuration(run.durationMs)
  if (run.state !== 'running') return ''
  return spokenDuration(Math.max(0, now.getTime() - Date.parse(run.startedAt)))
}

/** What is most worth knowing about the run besides its state, in a few words. */
export function noteOn(run: Run, now: Date): string {
  switch (run.state) {
    case 'queued':
      return Date.parse(run.runAt) > now.getTime() ? `due ${relativeTime(run.runAt, now)}` : ''
    case 'running':
      if (run.cancelRequestedAt !== null) return 'asked to stop'
      return [run.progress > 0 ? `${run.progress} %` : '', run.progressMessage].filter(Boolean).join(' ')
    case 'succeeded':
      return run.outputRef ?? ''
    case 'failed':
    case 'canceled':
      return run.error?.trim().split('\n', 1)[0] ?? ''
  }
}
