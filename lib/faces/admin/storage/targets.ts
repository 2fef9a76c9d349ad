import { html } from 'hono/html'
import {
  LISTING_MS,
  type StorageFacts,
  type StorageTarget,
  storageTargets,
} from '../../../run/storage-targets.ts'
import { panel, table } from '../parts/blocks.ts'
import { badge } from '../parts/state-badge.ts'
import { counted, duration, percent } from '../parts/words.ts'

/** What is promised, and how it is kept. */
export function targetsPanel(facts: StorageFacts) {
  return panel(
    'Targets',
    table({
      caption: 'Targets of storage, and how they are met',
      fold: true,
      columns: ['Target', 'Now', 'Met'],
      rows: storageTargets(facts).map(({ name, isMet }) => {
        const [target, now] = WORDS[name](facts)
        return [target, now, verdictOf(isMet)]
      }),
    }),
  )
}

const verdictOf = (isMet: boolean | null) =>
  isMet === null
    ? html`<span class="dim">not known yet</span>`
    : isMet
      ? badge('met', 'good')
      : badge('missed', 'bad')

const WORDS: Record<StorageTarget['name'], (facts: StorageFacts) => [target: string, now: string]> = {
  saved: ({ savedRatio }) => ['Archives take 40 to 60 % less, or better', percent(savedRatio)],
  archiveSuccess: ({ archiveSuccessRatio }) => [
    'Over 99 % of the archives of 30 days succeed',
    percent(archiveSuccessRatio),
  ],
  activeListing: ({ listingMs }) => [
    `Active runs are listed in less than ${LISTING_MS.active} ms`,
    duration(listingMs.active),
  ],
  archivedListing: ({ listingMs }) => [
    `Archived runs are listed in less than ${LISTING_MS.archived} ms`,
    duration(listingMs.archived),
  ],
  nothingLost: ({ losses }) => ['Nothing is lost', losses === 0 ? 'nothing' : counted(losses, 'incident')],
}
