import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Progress, ProgressFinder } from '../../lib/process/find-progress.ts'
import { parseProgress } from '../../lib/process/parse-progress.ts'
import { splitLines } from '../../lib/process/split-lines.ts'

function find(...chunks: (string | Buffer)[]): Progress[] {
  const found: Progress[] = []
  const finder = new ProgressFinder((progress) => found.push(progress))
  for (const chunk of chunks) finder.push(Buffer.from(chunk))
  finder.end()
  return found
}

describe('progress in a stream', () => {
  it.each([
    [['progress: 42\n'], [42]],
    [['some words\nProgress: 10 of it\nmore words\n'], [10]],
    [['pro', 'gress: 4', '2\n'], [42]],
    [
      ['progress: 1\r', 'progress: 2\r', '\nprogress: 3'],
      [1, 2, 3],
    ],
    [['x\nprogress: 1\nprogress: 2\nin progress: 3\n'], [2]],
    [['\u001b[32mPROGRESS: 7%\u001b[0m\n'], [7]],
    [['progress: 42'], [42]],
    [['making progress\nnothing\n'], []],
    [['x'.repeat(100_000), 'progress: 42\n'], []],
    [[`progress: 42 ${'x'.repeat(100_000)}`, 'y\n'], [42]],
    [[''], []],
  ])('%j is %j', (chunks, expected) => {
    expect(find(...chunks).map(({ progress }) => progress)).toEqual(expected)
  })

  it('is told once for each chunk, the newest, with its message', () => {
    expect(find('progress: 1 one\nprogress: 2 two\n', 'progress: 3 thr', 'ée\n')).toEqual([
      { progress: 2, message: 'two' },
      { progress: 3, message: 'thrée' },
    ])
  })

  it('comes to the same, in the end, as looking at each line, however the bytes are cut', () => {
    const part = fc.constantFrom(
      'progress: 4',
      '2',
      '\n',
      '\r',
      '\r\n',
      ' é',
      'PROGRESS=',
      'x',
      '::progress 9',
    )
    fc.assert(
      fc.property(fc.array(part), fc.array(fc.nat(60)), (parts, cuts) => {
        const bytes = Buffer.from(parts.join(''))
        const places = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length]
        const chunks = places.slice(1).map((end, n) => bytes.subarray(places[n], end))
        const each: Progress[] = []
        const lines = splitLines((line) => {
          const found = parseProgress(line)
          if (found) each.push(found)
        })
        lines.push(bytes)
        lines.end()
        expect(find(...chunks).at(-1)).toEqual(each.at(-1))
      }),
    )
  })
})
