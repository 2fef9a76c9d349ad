import uPlot from 'uplot'
import { drawn, type Numbers, readNumbers } from './chart-numbers.ts'
import { optionsOf } from './chart-options.ts'
import { zoomOptions } from './zoom.ts'

const drawings = new WeakMap<Element, { plot: uPlot; text: string }>()

/** Draws each chart from the table of its numbers, anew where they have changed. */
export function drawCharts(): void {
  for (const figure of document.querySelectorAll<HTMLElement>('figure[data-chart]')) {
    const place = figure.querySelector<HTMLElement>('[data-plot]')
    const numbers = readNumbers(figure)
    if (place === null || numbers.at.length === 0) continue
    draw(figure, place, numbers)
  }
}

function draw(figure: HTMLElement, place: HTMLElement, numbers: Numbers): void {
  const text = JSON.stringify(numbers)
  const before = drawings.get(figure)
  if (before?.text === text && place.childElementCount > 0) return
  before?.plot.destroy()
  place.replaceChildren()
  // The table is there for who wants it; the chart is there for the others.
  if (before === undefined) figure.querySelector('details[data-numbers]')?.removeAttribute('open')
  const plot = new uPlot({ ...optionsOf(numbers, place), ...zoomOptions(figure) }, drawn(numbers), place)
  drawings.set(figure, { plot, text })
  if (before !== undefined) return
  new ResizeObserver(() =>
    drawings.get(figure)?.plot.setSize({ width: place.clientWidth, height: 200 }),
  ).observe(place)
}
