import { fitText, padText, widthOf } from './fit-text.ts'
import { plainLine } from './plain-text.ts'
import type { Paint } from './terminal.ts'

/** One column of a table about `T`. */
export interface Column<T> {
  head: string
  cell: (row: T) => string
  /** The look of its cells, given after they are cut. */
  style?: (row: T) => Parameters<Paint>[0] | undefined
  align?: 'right'
  /** May be cut down to this width. Without it, a column is whole or not there. */
  min?: number
  /** Where room is short, the column with the highest goes first. Without it, a column stays. */
  rank?: number
}

export interface TableOptions {
  /** Cells in a line; undefined: as many as it takes. */
  width: number | undefined
  paint: Paint
}

const GAP = '  '

/**
 * Rows under heads, aligned by what they take on a screen. In too little room the least important columns go, then the
 * longest are cut; in even less, each row becomes a few short lines. A column that is empty in every row is left out.
 */
export function table<T>(columns: Column<T>[], rows: T[], { width, paint }: TableOptions): string {
  const all = columns
    .map((column) => measure(column, rows))
    .filter(({ cells }) => cells.some((cell) => cell !== ''))
  const fitted = width === undefined ? all : fitColumns(all, width)
  if (fitted === null) return rows.map((row, n) => stacked(all, row, n, { width, paint })).join('\n')
  const line = (cellOf: (column: Measured<T>) => string) => fitted.map(cellOf).join(GAP).trimEnd()
  const head = line(({ column, size }) => padText(column.head, size, column.align))
  const body = rows.map((row, n) =>
    line(({ column, cells, size }) => {
      const cell = padText(fitText(cells[n] ?? '', size), size, column.align)
      return painted(paint, column, row, cell)
    }),
  )
  return [paint('dim', head), ...body].join('\n')
}

interface Measured<T> {
  column: Column<T>
  cells: string[]
  size: number
}

function measure<T>(column: Column<T>, rows: T[]): Measured<T> {
  const cells = rows.map((row) => plainLine(column.cell(row)))
  const size = cells.reduce((most, cell) => Math.max(most, widthOf(cell)), widthOf(column.head))
  return { column, cells, size }
}

/** The columns that fit, cut where need be; null when not even those that must stay do. */
function fitColumns<T>(all: Measured<T>[], width: number): Measured<T>[] | null {
  const least = ({ column, size }: Measured<T>) => Math.min(size, column.min ?? size)
  const sum = (columns: Measured<T>[], sizeOf: (one: Measured<T>) => number) =>
    columns.reduce((total, one) => total + sizeOf(one) + GAP.length, -GAP.length)
  let kept = all
  while (sum(kept, least) > width) {
    const ranked = kept.filter(({ column }) => column.rank !== undefined)
    if (ranked.length === 0) return null
    const last = ranked.reduce((a, b) => ((b.column.rank ?? 0) >= (a.column.rank ?? 0) ? b : a))
    kept = kept.filter((one) => one !== last)
  }
  const sizes = new Map(kept.map((one) => [one, one.size]))
  const sizeOf = (one: Measured<T>) => sizes.get(one) ?? 0
  while (sum(kept, sizeOf) > width) {
    const widest = kept
      .filter((one) => sizeOf(one) > least(one))
      .reduce((a, b) => (sizeOf(b) > sizeOf(a) ? b : a))
    sizes.set(widest, sizeOf(widest) - 1)
  }
  return kept.map((one) => ({ ...one, size: sizeOf(one) }))
}

/** One row as short lines, those after the first indented. */
function stacked<T>(columns: Measured<T>[], row: T, n: number, { width = 0, paint }: TableOptions): string {
  const lines: string[] = []
  let used = 0
  for (const { column, cells } of columns) {
    const cell = fitText(cells[n] ?? '', width - GAP.length)
    if (cell === '') continue
    const text = painted(paint, column, row, cell)
    const taken = widthOf(cell) + GAP.length
    const isNew = lines.length === 0 || used + taken > width
    if (isNew) lines.push(lines.length === 0 ? text : GAP + text)
    else lines[lines.length - 1] += GAP + text
    used = isNew ? (lines.length === 1 ? 0 : GAP.length) + widthOf(cell) : used + taken
  }
  return lines.join('\n')
}

function painted<T>(paint: Paint, { style }: Column<T>, row: T, cell: string): string {
  const look = style?.(row)
  return look === undefined || cell.trim() === '' ? cell : paint(look, cell)
}
