import type { Sweep, SweepStatus } from '../../run/sweep.ts'
import { spokenBytes } from './spoken-time.ts'
import type { Paint } from './terminal.ts'

type Look = Parameters<Paint>[0]

const LOOKS: Record<SweepStatus, { mark: string; look: Look }> = {
  running: { mark: '●', look: 'cyan' },
  completed: { mark: '✓', look: 'green' },
  partial: { mark: '!', look: 'yellow' },
  failed: { mark: '✗', look: 'red' },
  needs_approval: { mark: '!', look: 'yellow' },
}

/** The colour of a sweep's status. */
export const lookOfSweep = ({ status }: Sweep): Look => LOOKS[status].look

/** `✓ completed`. */
export const markedSweep = ({ status }: Sweep): string => `${LOOKS[status].mark} ${status.replace('_', ' ')}`

/** What a sweep has done, or would do: `3 archived, 11 MB`; empty where that is nothing. */
export function sweepFigures({ dryRun, plan, counts, bytes }: Sweep): string {
  return Object.entries(dryRun ? plan : { ...counts, bytes })
    .flatMap(([name, value]) => (typeof value === 'number' && value > 0 ? [figure(name, value)] : []))
    .join(', ')
}

/** `deletedRuns`, 1 as `1 deleted run`; `archiveBytes` as `3.2 MB archive`. */
function figure(name: string, value: number): string {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  if (words === 'bytes') return spokenBytes(value)
  if (words.endsWith(' bytes')) return `${spokenBytes(value)} ${words.slice(0, -' bytes'.length)}`
  return `${value.toLocaleString('en')} ${value === 1 ? words.replace(/s$/, '') : words}`
}
