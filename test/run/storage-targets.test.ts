import { describe, expect, it } from 'vitest'
import { type StorageFacts, storageTargets } from '../../lib/run/storage-targets.ts'

const GOOD: StorageFacts = {
  savedRatio: 0.5,
  archiveSuccessRatio: 1,
  listingMs: { active: 3, archived: 4 },
  losses: 0,
}
const missed = (facts: Partial<StorageFacts>) =>
  storageTargets({ ...GOOD, ...facts })
    .filter(({ isMet }) => isMet !== true)
    .map(({ name, isMet }) => [name, isMet])

describe('the targets of storage', () => {
  it('are met where archives save enough, succeed, listings are fast and nothing is lost', () => {
    expect(missed({})).toEqual([])
  })

  it.each([
    [{ savedRatio: 0.39 }, 'saved'],
    [{ archiveSuccessRatio: 0.99 }, 'archiveSuccess'],
    [{ listingMs: { active: 100, archived: 1 } }, 'activeListing'],
    [{ listingMs: { active: 1, archived: 500 } }, 'archivedListing'],
    [{ losses: 1 }, 'nothingLost'],
  ])('are missed one by one: %j', (facts, name) => {
    expect(missed(facts)).toEqual([[name, false]])
  })

  it('are neither met nor missed where nothing has been archived', () => {
    expect(missed({ savedRatio: null, archiveSuccessRatio: null })).toEqual([
      ['saved', null],
      ['archiveSuccess', null],
    ])
  })
})
