import { html } from 'hono/html'
import { chips } from '../parts/chips.ts'
import { paths, type Query } from '../paths.ts'

const SHOWN = {
  all: 'All',
  enabled: 'Enabled',
  disabled: 'Disabled',
  failing: 'Failing',
} as const
type Shown = keyof typeof SHOWN

/** Which jobs. */
export interface CronFilter {
  show: Shown
  q: string | undefined
}

/** As the address has it; what there is none of shows all. */
export function filterOf(query: Record<string, string>): CronFilter {
  const show = shownNames.find((name) => name === query.show) ?? 'all'
  return { show, q: query.q?.trim().slice(0, 100) || undefined }
}

const shownNames = Object.keys(SHOWN) as Shown[]

export const queryOf = ({ show, q }: CronFilter): Query => ({ show: show === 'all' ? undefined : show, q })

/** The filters: a click each, and a word to look for. */
export function filterBar(filter: CronFilter) {
  return html`<div class="filters" id="cron-filters">
    ${chips(
      'Which jobs',
      shownNames.map((show) => ({
        href: paths.cron(queryOf({ ...filter, show })),
        words: SHOWN[show],
        isNow: show === filter.show,
      })),
    )}
    <form method="get" action="${paths.cron()}" role="search" class="search" data-keep>
      ${filter.show === 'all' ? '' : html`<input type="hidden" name="show" value="${filter.show}" />`}
      <label class="unseen" for="cron-q">Name or description</label>
      <input type="search" id="cron-q" name="q" value="${filter.q ?? ''}" placeholder="Name or description" maxlength="100" />
      <button>Find</button>
    </form>
  </div>`
}
