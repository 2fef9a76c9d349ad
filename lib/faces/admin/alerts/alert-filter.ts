import { html } from 'hono/html'
import { chips } from '../parts/chips.ts'
import { paths, type Query } from '../paths.ts'
import { ALERT_WORDS } from './alert-words.ts'

const SHOWN = { all: 'Open and over', open: 'Open', over: 'Over' } as const
type Shown = keyof typeof SHOWN

/** Which alerts. */
export interface AlertFilter {
  show: Shown
  type: string | undefined
}

/** As the address has it; what there is none of shows all. */
export function filterOf(query: Record<string, string>): AlertFilter {
  const show = shownNames.find((name) => name === query.show) ?? 'all'
  return { show, type: query.type?.trim().slice(0, 100) || undefined }
}

const shownNames = Object.keys(SHOWN) as Shown[]

export const queryOf = ({ show, type }: AlertFilter): Query => ({
  show: show === 'all' ? undefined : show,
  type,
})

/** The filters: a click each. */
export function filterChips(filter: AlertFilter) {
  const types = Object.entries(ALERT_WORDS)
  // One that nobody has words for is asked for by its address.
  const others = filter.type !== undefined && !(filter.type in ALERT_WORDS) ? [filter.type] : []
  return html`${chips(
    'By state',
    shownNames.map((show) => chip({ ...filter, show }, SHOWN[show], show === filter.show)),
  )}
  ${chips('By type', [
    chip({ ...filter, type: undefined }, 'Any type', filter.type === undefined),
    ...types.map(([type, words]) => chip({ ...filter, type }, words, type === filter.type)),
    ...others.map((type) => chip({ ...filter, type }, type, true)),
  ])}`
}

const chip = (to: AlertFilter, words: string, isNow: boolean) => ({
  href: paths.alerts(queryOf(to)),
  words,
  isNow,
})
