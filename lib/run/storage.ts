import { z } from 'zod'
import { StorageState } from './run.ts'

const Bytes = z.number().int().min(0)

/** What runs of one storage state hold in the object store, by what they are. */
export const StorageHeld = z.object({
  runs: z.number().int().min(0),
  logBytes: Bytes.meta({ description: 'As printed; a long log takes less once it is one object' }),
  outputBytes: Bytes,
  archiveBytes: Bytes,
  originalBytes: Bytes.meta({ description: 'What is in the archives, before it was compressed' }),
})
export type StorageHeld = z.infer<typeof StorageHeld>

export const StorageTotal = StorageHeld.extend({ storageState: StorageState })
export type StorageTotal = z.infer<typeof StorageTotal>

/** What storage held on a day. */
export const StorageSample = z
  .object({
    day: z.iso.date(),
    completedAt: z.iso.datetime().meta({ description: 'When all runs had been counted' }),
    byState: z.array(StorageTotal),
  })
  .meta({ id: 'StorageSample', description: 'What storage held on a day' })
export type StorageSample = z.infer<typeof StorageSample>

const NOTHING: StorageHeld = { runs: 0, logBytes: 0, outputBytes: 0, archiveBytes: 0, originalBytes: 0 }

/** All of them together. */
export function sumHeld(held: readonly StorageHeld[]): StorageHeld {
  const sum = { ...NOTHING }
  for (const one of held) {
    sum.runs += one.runs
    sum.logBytes += one.logBytes
    sum.outputBytes += one.outputBytes
    sum.archiveBytes += one.archiveBytes
    sum.originalBytes += one.originalBytes
  }
  return sum
}

/** What they take in the object store. */
export const heldBytes = ({ logBytes, outputBytes, archiveBytes }: StorageHeld): number =>
  logBytes + outputBytes + archiveBytes

/** How much less archives take than what is in them, from 0 to 1; null where there are none. Source 002's 40-60 %. */
export function savedRatio({ originalBytes, archiveBytes }: StorageHeld): number | null {
  return originalBytes === 0 ? null : Math.max(0, 1 - archiveBytes / originalBytes)
}

/** How full storage is, from 0; null where nobody has said what it may hold. */
export const usedRatio = (bytes: number, capacityBytes: number | null): number | null =>
  capacityBytes === null ? null : bytes / capacityBytes

/** From here on somebody is told. Source 002. */
export const FULL_RATIO = 0.8
