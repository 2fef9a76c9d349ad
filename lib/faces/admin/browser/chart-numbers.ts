import type uPlot from 'uplot'

/** What a chart is drawn from. */
export interface Numbers {
  kind: string
  unit: string
  series: { name: string; tone: string }[]
  /** In seconds since 1970. */
  at: number[]
  /** A row a series. */
  values: (number | null)[][]
}

/** The numbers of a chart, from its table. */
export function readNumbers(figure: HTMLElement): Numbers {
  const heads = [...figure.querySelectorAll<HTMLElement>('thead th[data-tone]')]
  const rows = [...figure.querySelectorAll<HTMLElement>('tbody tr[data-at]')]
  const cells = rows.map((row) => [...row.querySelectorAll('td')].map(numberOf))
  return {
    kind: figure.dataset.chart ?? 'lines',
    unit: figure.dataset.unit ?? 'count',
    series: heads.map((head) => ({ name: head.textContent ?? '', tone: head.dataset.tone ?? 'calm' })),
    at: rows.map((row) => Date.parse(row.dataset.at ?? '') / 1_000),
    values: heads.map((_, n) => cells.map((row) => row[n] ?? null)),
  }
}

const numberOf = ({ dataset: { value } }: HTMLElement): number | null =>
  value === undefined ? null : Number(value)

/** As they are drawn: stacked ones each on top of those after them. */
export function drawn({ kind, at, values }: Numbers): uPlot.AlignedData {
  if (kind === 'lines') return [at, ...values]
  const stacked = values.map((_, n) =>
    at.map((_, i) => values.slice(n).reduce((sum, row) => sum + (row[i] ?? 0), 0)),
  )
  return [at, ...stacked]
}
