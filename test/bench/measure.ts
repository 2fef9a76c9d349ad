/** Something that is measured in turns with others. */
export interface Contestant {
  name: string
  /** One sample, whatever its unit. */
  sample(): Promise<number>
}

/**
 * Takes samples in turns (A B C, B C A, …), so that what else the machine does meanwhile meets all of them alike. One round
 * before the first is thrown away.
 */
export async function interleave(contestants: Contestant[], rounds: number): Promise<Map<string, number[]>> {
  const samples = new Map(contestants.map(({ name }) => [name, [] as number[]]))
  for (let round = -1; round < rounds; round++)
    for (let turn = 0; turn < contestants.length; turn++) {
      const contestant = contestants[(turn + round + 1) % contestants.length] as Contestant
      const value = await contestant.sample()
      if (round >= 0) samples.get(contestant.name)?.push(value)
    }
  return samples
}

/** How many a second, when so many callers do `total` by `size` as fast as they can. */
export async function rate(
  { callers, size, total }: { callers: number; size: number; total: number },
  call: (size: number) => Promise<unknown>,
): Promise<number> {
  let left = total
  const caller = async () => {
    while (left > 0) {
      const now = Math.min(size, left)
      left -= now
      await call(now)
    }
  }
  const began = performance.now()
  await Promise.all(Array.from({ length: callers }, caller))
  return perSecond(total, performance.now() - began)
}

export const perSecond = (count: number, ms: number) => (count / ms) * 1_000

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

export const median = (values: number[]) => quantile(values, 0.5)

export function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (sorted.length - 1) * share
  const low = sorted[Math.floor(at)] ?? Number.NaN
  const high = sorted[Math.ceil(at)] ?? Number.NaN
  return low + (high - low) * (at - Math.floor(at))
}

/** The median of the ratios round by round: what slowed one round slowed both. */
export function pairedRatio(above: number[], below: number[]): number {
  return median(above.map((value, round) => value / (below[round] ?? Number.NaN)))
}
