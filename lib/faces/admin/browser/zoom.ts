import type uPlot from 'uplot'

/** What a hand can do to a chart: in one with `data-zoom` it chooses a span of steps, whose address is then gone to; in others nothing. */
export function zoomOptions(figure: HTMLElement): Pick<uPlot.Options, 'cursor' | 'hooks'> {
  const isOffered = figure.dataset.zoom !== undefined
  return {
    cursor: { y: false, drag: { x: isOffered, y: false, setScale: false, dist: LEAST_PX } },
    hooks: { setSelect: [(plot) => goTo(figure, plot)] },
  }
}

/** Less is a click of a hand that is not still. */
const LEAST_PX = 4

/** From where the first step that was touched begins to where the last one ends, as their rows say. */
function goTo(figure: HTMLElement, plot: uPlot): void {
  const { left, width } = plot.select
  const rows = [...figure.querySelectorAll<HTMLElement>('tbody tr[data-at]')]
  const [first, last] = [left, left + width].map((at) => addressOf(rows[plot.posToIdx(at)]))
  if (width === 0 || !first || !last) return
  first.searchParams.set('to', last.searchParams.get('to') ?? '')
  location.assign(first)
}

function addressOf(row: HTMLElement | undefined): URL | null {
  const link = row?.querySelector<HTMLAnchorElement>('th a')
  return link ? new URL(link.href) : null
}
