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
}

/** A chart with the table of its numbers; without a script it is the table alone. */
export function chart({ title, kind, unit, series, points, show }: Chart) {
  return html`<figure class="chart" data-chart="${kind}" data-unit="${unit}">
    <figcaption>${title}</figcaption>
    <div class="plot" data-plot aria-hidden="true"></div>
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
                <th scope="row">${label}</th>
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
