import parse from 'parse-prometheus-text-format'
import { describe, expect, it } from 'vitest'
import { toExposition } from '../../../lib/faces/v1/metrics/exposition.ts'

const gauge = (samples: { labels?: Record<string, string>; value: number }[], help = 'Some things.') =>
  toExposition([{ name: 'things', help, type: 'gauge', samples }])

describe('the text format of metrics', () => {
  it('says what a metric is before what it is of', () => {
    expect(gauge([{ value: 1 }, { labels: { a: 'b', c: 'd' }, value: 2.5 }])).toBe(
      '# HELP things Some things.\n# TYPE things gauge\nthings 1\nthings{a="b",c="d"} 2.5\n',
    )
  })

  it.each(['plain', 'a "quoted" one', 'C:\\new\\', 'two\nlines', '\\n', 'a{b="c"} 1', 'é 😀', '', ' # '])(
    'keeps the label %j as it is',
    (label) => {
      const [family] = parse(gauge([{ labels: { label, next: 'x' }, value: 1 }]))
      expect(family?.metrics).toEqual([{ labels: { label, next: 'x' }, value: '1' }])
    },
  )

  it('keeps help on one line', () => {
    expect(gauge([], 'One \\ line,\nand "another".')).toBe(
      '# HELP things One \\\\ line,\\nand "another".\n# TYPE things gauge\n',
    )
  })

  it.each([
    [0, '0'],
    [1e21, '1e+21'],
    [1.5e-7, '1.5e-7'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
    [Number.NaN, 'NaN'],
  ])('writes %s as Go reads it', (value, text) => {
    expect(gauge([{ value }])).toContain(`\nthings ${text}\n`)
  })
})
