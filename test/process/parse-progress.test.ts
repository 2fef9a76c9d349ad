import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseProgress } from '../../lib/process/parse-progress.ts'

describe('a line of progress', () => {
  it.each([
    ['progress: 42', 42],
    ['progress: 42%', 42],
    ['progress:42 %', 42],
    ['PROGRESS = 7', 7],
    ['  progress: 0', 0],
    ['Progress: 42.7 loading users', 42, 'loading users'],
    ['progress: 99.99', 99],
    ['progress: 150', 100],
    ['progress: -3', 0],
    ['progress: 3/10', 30],
    ['progress: 3/10 files', 30, 'files'],
    ['progress: 42% - loading', 42, 'loading'],
    ['progress: 42, loading', 42, 'loading'],
    ['::progress 42', 42],
    ['::progress 42 message', 42, 'message'],
    ['::progress 42% two words  ', 42, 'two words'],
    ['\u001b[32mprogress: 42\u001b[0m', 42],
    ['\u001b[1;32mprogress:\u001b[0m 42 \u001b[2mloading\u001b[0m', 42, 'loading'],
    ['2026-10-01T12:00:00.123Z progress: 42', 42],
    ['[2026-10-01 12:00:00,123] progress: 42 x', 42, 'x'],
    ['2026-10-01 12:00:00 +02:00 progress: 42', null],
    ['2026-10-01T12:00:00+02:00 INFO progress: 42', 42],
    ['2026/10/01 12:00:00 progress: 42', 42],
    ['12:00:01 [info] progress: 42', 42],
    ['INFO:root:progress: 42', 42],
    [`progress: ${'9'.repeat(300)}`, 100],
  ])('%j', (line, progress, message?: string) => {
    const expected = progress === null ? null : message ? { progress, message } : { progress }
    expect(parseProgress(line as string)).toEqual(expected)
  })

  it.each([
    '',
    'progress',
    'progress: done',
    'progress: ',
    'progress 42',
    'progress: 42ms',
    'progress: 1e3',
    'progress: 3/0',
    'progress: 0/0',
    'in progress: 42',
    'we made progress: 42 of them',
    '::progress',
    '::progress x',
    '42%',
    `progress: ${'9'.repeat(5000)}`,
  ])('%j is none', (line) => {
    expect(parseProgress(line)).toBeNull()
  })
})

it('whatever the line, nothing is thrown and a result is a whole number from 0 to 100', () => {
  const hostile = fc.constantFrom(
    'progress: ',
    '::progress ',
    '\u001b[',
    '2026-10-01T',
    '12:00:00',
    '[',
    '%',
    '/',
    ' ',
    'info:',
    '9',
  )
  const line = fc.array(fc.oneof(fc.string(), hostile, fc.double().map(String), fc.integer().map(String)))
  fc.assert(
    fc.property(
      line.map((parts) => parts.join('')),
      (text) => {
        for (const result of [parseProgress(text), parseProgress(`progress: ${text}`)]) {
          if (result === null) continue
          expect(Number.isInteger(result.progress) && result.progress >= 0 && result.progress <= 100).toBe(
            true,
          )
          expect(result.message?.length ?? 1).toBeGreaterThan(0)
        }
      },
    ),
    { numRuns: 2000 },
  )
})

it('a hostile line of 1 MB costs no time', () => {
  const lines = ['\u001b[1', '\u001b[', 'progress: ', ' ', '9', '12:00:00 ', '::progress 1 ', '\r'].map(
    (part) => part.repeat(1_000_000 / part.length),
  )
  const began = performance.now()
  for (const line of lines) parseProgress(line)
  expect(performance.now() - began).toBeLessThan(5_000)
})

it('each whole percent is itself', () => {
  for (let percent = 0; percent <= 100; percent++) {
    expect(parseProgress(`progress: ${percent}%`)).toEqual({ progress: percent })
    expect(parseProgress(`progress: ${percent}/100`)).toEqual({ progress: percent })
  }
})
