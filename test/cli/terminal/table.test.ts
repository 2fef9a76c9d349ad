import { describe, expect, it } from 'vitest'
import { fitText, widthOf } from '../../../lib/cli/terminal/fit-text.ts'
import { type Column, table } from '../../../lib/cli/terminal/table.ts'

interface Row {
  id: string
  kind: string
  note: string
}
const COLUMNS: Column<Row>[] = [
  { head: 'ID', cell: ({ id }) => id },
  { head: 'KIND', cell: ({ kind }) => kind, min: 6 },
  { head: 'NOTE', cell: ({ note }) => note, min: 5, rank: 1 },
]
const ROWS = [
  { id: '01', kind: 'invoices.send', note: 'all of November' },
  { id: '02', kind: '株式会社', note: '' },
]
const shown = (width: number | undefined, rows = ROWS) =>
  table(COLUMNS, rows, { width, paint: (_look, text) => text }).split('\n')

describe('a table', () => {
  it('is aligned by what a screen shows, and takes all the room there is where nobody looks', () => {
    expect(shown(undefined)).toEqual([
      'ID  KIND           NOTE',
      '01  invoices.send  all of November',
      '02  株式会社',
    ])
  })

  it('cuts its longest columns, never a character in two', () => {
    expect(shown(24)).toEqual(['ID  KIND       NOTE', '01  invoices…  all of N…', '02  株式会社'])
    expect(shown(14)).toEqual(['ID  KIND', '01  invoices.…', '02  株式会社'])
    expect(shown(11)).toEqual(['ID  KIND', '01  invoic…', '02  株式会…'])
  })

  it('makes short lines of each row where nothing fits', () => {
    expect(shown(9)).toEqual(['01', '  invoic…', '  all of…', '02', '  株式会…'])
  })

  it.each([9, 11, 14, 20, 24, 32, 40, 80])('is never wider than %i cells', (width) => {
    for (const line of shown(width)) expect(widthOf(line)).toBeLessThanOrEqual(width)
  })

  it('leaves out a column in which nothing stands', () => {
    expect(shown(undefined, [{ id: '01', kind: 'a', note: '' }])).toEqual(['ID  KIND', '01  a'])
  })

  it('keeps each row on a line, whatever is in it', () => {
    expect(shown(undefined, [{ id: '01', kind: 'a\nb', note: '\x1b[2J!' }])).toEqual([
      'ID  KIND  NOTE',
      '01  a b   !',
    ])
  })
})

it.each([
  ['family 👩‍👩‍👧 here', 10, 'family 👩‍👩‍👧…'],
  ['abc', 3, 'abc'],
  ['abcd', 3, 'ab…'],
  ['abcd', 1, '…'],
  ['abcd', 0, ''],
])('%j in %i cells is %j', (text, width, fitted) => {
  expect(fitText(text, width)).toBe(fitted)
})
