import type { Databases } from './databases.ts'
import type { Peer } from './peers/peer.ts'
import type { Table } from './row.ts'

/** How much of everything; the smoke test takes next to nothing. */
export interface Sizes {
  rounds: number
  /** Runs a sample where they come one by one. */
  single: number
  /** Batches of 1,000 a sample. */
  batches: number
  /** Runs a sample of claims by 1, 10 and 100. */
  claims: Record<1 | 10 | 100, number>
  /** Calls before those that count: a table that was just filled makes every connection plan its statements anew, six times. */
  firstCalls: number
  /** How many lie behind, or wait, where the scenario says a million. */
  many: number
  /** How many wait in a short queue. */
  few: number
  /** Claims whose latency is taken; fewer than wait of each of the 8 kinds. */
  latencies: number
  /** Starts of a process. */
  starts: number
  /** What a script prints whose log is kept, and how often it does. */
  printedBytes: number
  prints: number
  /** The folder that is archived. */
  archived: { files: number; bytes: number }
  /** A run whose archive is made over several invocations of so many ms; null: not now. */
  archivedInParts: { files: number; bytes: number; passMs: number } | null
}

/** What a scenario stands on. */
export interface Bench {
  databases: Databases
  sizes: Sizes
  /** Says what is going on. */
  say(line: string): void
}

export interface Scenario {
  name: string
  run(bench: Bench): Promise<Table[]>
}

/** Throws unless a peer has done what it was told: a bench that measures nothing is fast. */
export async function check(peer: Peer, expected: { waiting: number; finished?: number }): Promise<void> {
  const { waiting, finished } = await peer.counts()
  if (waiting !== expected.waiting)
    throw new Error(`${peer.name}: ${waiting} wait where ${expected.waiting} should`)
  if (expected.finished !== undefined && finished !== null && finished !== expected.finished)
    throw new Error(`${peer.name}: ${finished} have ended where ${expected.finished} should`)
}
