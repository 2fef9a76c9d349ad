import type { Context } from '../../ports/context.ts'
import { FULL_RATIO, heldBytes, type StorageSample, sumHeld, usedRatio } from '../../run/storage.ts'
import { openAlert } from '../alerts/open-alert.ts'
import { resolveAlert } from '../alerts/resolve-alert.ts'

/** What the alert about storage that is filling up is kept under. */
export const STORAGE_FULL = 'storage.full'

/** Says that storage is over 80 % of STORAGE_CAPACITY_BYTES, or that it is no longer. Source 002. */
export async function tellFull(ctx: Context, { day, byState }: StorageSample): Promise<void> {
  const { storageCapacityBytes: capacity } = ctx.retention
  const bytes = heldBytes(sumHeld(byState))
  const ratio = usedRatio(bytes, capacity)
  const used = `${inPercent(ratio ?? 0)} of ${inGigabytes(capacity ?? 0)} GB`
  if (ratio === null || ratio < FULL_RATIO) {
    const message =
      ratio === null ? 'nobody says any more what storage may hold' : `storage is at ${used} again`
    return resolveAlert(ctx, { key: STORAGE_FULL, message })
  }
  await openAlert(ctx, {
    key: STORAGE_FULL,
    type: STORAGE_FULL,
    message: `storage is at ${used}`,
    data: { day, bytes, capacityBytes: capacity, ratio },
  })
}

const inPercent = (ratio: number) => `${Math.floor(ratio * 100)} %`
const inGigabytes = (bytes: number) => Number((bytes / 1e9).toPrecision(3))
