/** What is known of how well storage does. */
export interface StorageFacts {
  /** How much less archives take than what is in them. */
  savedRatio: number | null
  archiveSuccessRatio: number | null
  listingMs: { active: number; archived: number }
  /** Archives that are damaged, and runs whose objects are gone. */
  losses: number
}

/** Something that is promised, and whether it is kept; null: nothing is known yet. */
export interface StorageTarget {
  name: 'saved' | 'archiveSuccess' | 'activeListing' | 'archivedListing' | 'nothingLost'
  isMet: boolean | null
}

const LEAST_SAVED = 0.4
const LEAST_SUCCESS = 0.99

/** How long a listing may take, in ms. */
export const LISTING_MS = { active: 100, archived: 500 } as const

/** Source 002's targets: archives take 40 to 60 % less, over 99 % of them succeed, listings are fast, nothing is lost. */
export function storageTargets(facts: StorageFacts): StorageTarget[] {
  const { savedRatio, archiveSuccessRatio, listingMs, losses } = facts
  return [
    { name: 'saved', isMet: savedRatio === null ? null : savedRatio >= LEAST_SAVED },
    {
      name: 'archiveSuccess',
      isMet: archiveSuccessRatio === null ? null : archiveSuccessRatio > LEAST_SUCCESS,
    },
    { name: 'activeListing', isMet: listingMs.active < LISTING_MS.active },
    { name: 'archivedListing', isMet: listingMs.archived < LISTING_MS.archived },
    { name: 'nothingLost', isMet: losses === 0 },
  ]
}
