import { html } from 'hono/html'

export interface Chart {
  /** Of the figure: what it shows. */
  title: string
  /** `bars`: stacked; `lines`; `areas`: stacked. The browser draws it from the table, which says the same in numbers. */
  kind: 'bars' | 'lines' | 'areas'
  /** How values are written. */
  unit: 'count' | 'ms' | 'bytes'
  /** One for each column of values: its name, and the color it has by its tone. */
  series: { name: string; tone: 'good' | 'bad' | 'warn' | 'calm' | 'other' }[]
  /** Null: nothing is known of it. */
  points: { at: string; label: string; values: (number | null)[] }[]
  /** A value in words. */
  show: (value: number) => string
  /** Undefined: nothing. */
  zoom?: ChartZoom | undefined
}

/** What is behind the steps of a chart: each time in its table is a link, and a span that is dragged over leads to all of it. */
export interface ChartZoom {
  /** What one sees there. */
  words: string
  /** With `from` and `to` in its query, the times between which a step lies. */
  addressOf: (at: string) => string
}

/** A chart with the table of its numbers; without a script it is the table alone. */
export function chart({ title, kind, unit, series, points, show, zoom }: Chart) {
  return html`<figure class="chart" data-chart="${kind}" data-unit="${unit}" ${zoom === undefined ? '' : html`data-zoom`}>
    <figcaption>${title}${zoom === undefined ? '' : html`<span class="hint">Choose a time in the numbers below<span class="by-hand">, or drag over the chart</span>, ${zoom.words}.</span>`}</figcaption>
    <div class="plot" data-plot data-keep aria-hidden="true"></div>
    <details data-numbers open>
      <summary>The same in numbers</summary>
      <div class="scroll" role="group" aria-label="${title}, in numbers" tabindex="0">
        <table>
          <thead>
            <tr>
              <th scope="col">Time</th>
              ${series.map(({ name, tone }) => html`<th scope="col" class="right" data-tone="${tone}">${name}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${points.map(
              ({ at, label, values }) => html`<tr data-at="${at}">
                <th scope="row">${zoom === undefined ? label : html`<a href="${zoom.addressOf(at)}">${label}</a>`}</th>
                ${values.map((value) =>
                  value === null
                    ? html`<td class="right">–</td>`
                    : html`<td class="right" data-value="${value}">${show(value)}</td>`,
                )}
              </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </details>
  </figure>`
}
