import type { LimitStore } from '../../ports/limit-store.ts'

/**
 * Nothing is counted: whoever reads the file is the machine's own user. `due` remembers for this process only, so
 * several processes each do what is due.
 */
export function createLimitStore(): LimitStore {
  const lastRun = new Map<string, number>()
  return {
    draw: async () => ({ used: 0, resetSeconds: 60 }),
    due: async (name, seconds) => {
      const now = performance.now()
      const last = lastRun.get(name)
      if (last !== undefined && now - last < seconds * 1_000) return false
      lastRun.set(name, now)
      return true
    },
    forget: async () => 0,
  }
}
