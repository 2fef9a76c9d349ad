import type { StorageHeld, StorageSample } from '../run/storage.ts'

/**
 * What storage holds, once a day. A sample goes over all runs in pages by id, so each run is counted once, as it is when its page
 * is read; nothing is counted where runs change.
 */
export interface StorageStore {
  /** The sample that is to be gone on with: one that was begun and is not whole, else that of today; null once that is whole. */
  open(): Promise<StorageWalk | null>
  /** Counts the runs of the next page. Null where somebody else has counted it. */
  step(walk: StorageWalk, runs: number): Promise<SteppedWalk | null>
  /** Makes the sample one that is read. Null where it is already. What kinds held more than `keepDays` ago is forgotten. */
  complete(walk: StorageWalk, keepDays: number): Promise<StorageSample | null>
  /** The last so many samples that are whole, newest first. */
  samples(limit: number): Promise<StorageSample[]>
  /** Of a day: what runs on hold held. */
  held(day: string): Promise<StorageHeld>
  /** Of a day: those kinds, or projects ('' is none), that held most. */
  shares(day: string, by: 'kind' | 'projectId', limit: number): Promise<(StorageHeld & { name: string })[]>
}

export interface StorageWalk {
  day: string
  /** The last run that was counted; '' before the first. */
  after: string
  /** Runs that have been counted. */
  walked: number
}

export interface SteppedWalk extends StorageWalk {
  /** There is no further page. */
  isThrough: boolean
}
