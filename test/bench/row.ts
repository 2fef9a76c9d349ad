/** One line of the table: what was measured, the figures side by side, and what they had to be. */
export interface Row {
  what: string
  unit: 'runs/s' | 'ms' | 'MB/s' | 'MB'
  figures: Record<string, number>
  verdicts: Verdict[]
}

export interface Verdict {
  /** What is compared, such as `of the better peer`. */
  of: string
  value: number
  target?: { at: 'least' | 'most'; value: number }
}

/** What one scenario found, under a heading of its own. */
export interface Table {
  scenario: string
  title: string
  rows: Row[]
}

export const isMet = ({ value, target }: Verdict) =>
  target === undefined || (target.at === 'least' ? value >= target.value : value <= target.value)
