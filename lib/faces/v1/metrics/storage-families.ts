import type { LedgerMetrics } from '../../../ledger/metrics/read-metrics.ts'
import { savedRatio, sumHeld } from '../../../run/storage.ts'
import type { Family, Sample } from './exposition.ts'

/** What there is to say of the object store, as of the last daily sample; before the first there are no samples of it. */
export function storageFamilies({ storage, storageCapacityBytes: capacity }: LedgerMetrics): Family[] {
  const byState = storage?.byState ?? []
  const saved = savedRatio(sumHeld(byState))
  return [
    gauge(
      'storage_held_bytes',
      'What runs hold in the object store, by storage state and part; logs as they were printed.',
      byState.flatMap(({ storageState: state, logBytes, outputBytes, archiveBytes }) => [
        { labels: { state, part: 'logs' }, value: logBytes },
        { labels: { state, part: 'outputs' }, value: outputBytes },
        { labels: { state, part: 'archives' }, value: archiveBytes },
      ]),
    ),
    gauge(
      'storage_runs',
      'Runs by storage state.',
      byState.map(({ storageState: state, runs }) => ({ labels: { state }, value: runs })),
    ),
    gauge(
      'storage_saved_ratio',
      'How much less archives take than what is in them, from 0 to 1; absent where there are none.',
      alone(saved),
    ),
    gauge('storage_capacity_bytes', 'STORAGE_CAPACITY_BYTES; absent where it is unset.', alone(capacity)),
    gauge(
      'storage_sample_age_seconds',
      'How long ago storage was counted last; absent before the first time.',
      alone(storage?.ageSeconds ?? null),
    ),
  ]
}

const alone = (value: number | null): Sample[] => (value === null ? [] : [{ value }])

function gauge(name: string, help: string, samples: Sample[]): Family {
  return { name: `runledger_${name}`, help, type: 'gauge', samples }
}
