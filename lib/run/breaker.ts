/** What a pass that deletes came to. */
export interface PastPass {
  status: 'running' | 'completed' | 'partial' | 'failed' | 'needs_approval'
  startedAt: string
  /** The policy it went by; null where nobody noted it. */
  policyHash: string | null
  deleted: number
}

export interface BreakerFacts {
  /** Now. */
  at: string
  /** The policy the pass goes by. */
  policyHash: string
  /** When rules were set last; null: never. */
  policySetAt: string | null
  /** Of the same kind, newest first. */
  passes: readonly PastPass[]
  /** All runs that are not deleted. */
  runs: number
}

/** How much a pass may delete that nobody has let through, and why no more. */
export interface Allowance {
  most: number
  because: string
}

/** Up to so many runs may go in any case. */
export const FREE_RUNS = 1_000
const MEDIAN_OF = 14
const MEDIAN_FROM = 7
const TIMES_MEDIAN = 3
const SHARE = 0.2
const DAY_MS = 86_400_000

/**
 * What a pass may delete by itself: three times the median of the last 14 passes (once there are 7), 20 % of all runs, nothing within a
 * day of a change of policy, the least of these; and 1,000 runs in any case. Retention page, step 2.
 */
export function allowanceOf(facts: BreakerFacts): Allowance {
  const bounds = [ofMedian(facts), ofShare(facts), ofChange(facts)].filter((bound) => bound !== null)
  const least = bounds.reduce((a, b) => (b.most < a.most ? b : a))
  return { ...least, most: Math.max(FREE_RUNS, Math.floor(least.most)) }
}

/** What is usual: how much the last passes deleted that did their work, and the middle of that; null where there are none. */
export function usualOf(passes: readonly PastPass[]): { passes: number; median: number | null } {
  const made = passes.filter(hasWorked).slice(0, MEDIAN_OF)
  return {
    passes: made.length,
    median: made.length === 0 ? null : medianOf(made.map(({ deleted }) => deleted)),
  }
}

function ofMedian({ passes }: BreakerFacts): Allowance | null {
  const { passes: made, median } = usualOf(passes)
  if (median === null || made < MEDIAN_FROM) return null
  return {
    most: median * TIMES_MEDIAN,
    because: `the median of the last ${made} passes is ${median} ${median === 1 ? 'run' : 'runs'}, and this is over three times as many`,
  }
}

function ofShare({ runs }: BreakerFacts): Allowance {
  return { most: runs * SHARE, because: `that is over 20 % of all ${runs} runs` }
}

/** A policy is new until a pass has gone by it a day ago; one that is held has not gone by it. */
function ofChange({ at, policyHash, policySetAt, passes }: BreakerFacts): Allowance | null {
  const dayAgo = new Date(Date.parse(at) - DAY_MS).toISOString()
  if (policySetAt !== null && policySetAt > dayAgo)
    return { most: 0, because: `the policies were changed at ${policySetAt}, less than a day before` }
  const known = passes.filter((pass) => pass.policyHash !== null)
  const isNew = known.some((pass) => pass.policyHash !== policyHash)
  const isProven = known.some(
    (pass) => pass.policyHash === policyHash && hasWorked(pass) && pass.startedAt <= dayAgo,
  )
  if (!isNew || isProven) return null
  return { most: 0, because: 'it goes by another policy than the passes before it' }
}

const hasWorked = ({ status }: PastPass) => status === 'completed' || status === 'partial'

function medianOf(counts: number[]): number {
  const sorted = counts.toSorted((a, b) => a - b)
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]]
  return ((low ?? 0) + (high ?? 0)) / 2
}
