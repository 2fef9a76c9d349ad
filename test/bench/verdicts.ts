import { median, pairedRatio } from './measure.ts'
import type { Row, Verdict } from './row.ts'

const OURS = 'runledger'
const PEERS = ['pg-boss', 'graphile-worker']

/** A row of runs a second: the medians, and ours as shares of the better peer and of raw SQL, round by round. */
export function throughputRow(what: string, samples: Map<string, number[]>, ofRaw: number): Row {
  const of = (name: string) => samples.get(name) ?? []
  const [better = ''] = PEERS.toSorted((a, b) => median(of(b)) - median(of(a)))
  const share = (name: string) => pairedRatio(of(OURS), of(name))
  const verdicts: Verdict[] = [
    { of: '÷ better peer', value: share(better), target: { at: 'least', value: 1 } },
    { of: '÷ raw', value: share('raw SQL'), target: { at: 'least', value: ofRaw } },
    { of: '÷ raw with history', value: share('raw SQL, history'), target: { at: 'least', value: ofRaw } },
  ]
  const figures = Object.fromEntries([...samples].map(([name, values]) => [name, median(values)]))
  return { what, unit: 'runs/s', figures, verdicts }
}
