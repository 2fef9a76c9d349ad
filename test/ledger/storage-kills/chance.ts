import { createHash } from 'node:crypto'

/** A source of chance that gives the same of the same seed, in this process and in any other. */
export interface Chance {
  /** A whole number from 0 on, below `end`. */
  below(end: number): number
  happens(share: number): boolean
  pick<T>(all: readonly T[]): T
  /** One of them, each as often as its weight says. */
  weighed<T>(all: readonly (readonly [weight: number, one: T])[]): T
}

export function chanceOf(seed: string): Chance {
  let drawn = 0
  const next = () => createHash('sha256').update(`${seed}/${drawn++}`).digest().readUInt32BE(0) / 2 ** 32
  const below = (end: number) => Math.floor(next() * end)
  const one = <T>(all: readonly T[], n: number): T => {
    if (n < all.length) return all[n] as T
    throw new Error('there is nothing to pick from')
  }
  return {
    below,
    happens: (share) => next() < share,
    pick: (all) => one(all, below(all.length)),
    weighed(all) {
      let left = below(all.reduce((sum, [weight]) => sum + weight, 0))
      const n = all.findIndex(([weight]) => {
        left -= weight
        return left < 0
      })
      return one(all, n < 0 ? all.length : n)[1]
    },
  }
}
