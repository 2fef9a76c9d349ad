import { describe, expect, it } from 'vitest'
import { type SearchBudget, type SearchLog, searchLog } from '../../../lib/ledger/logs/search-log.ts'
import type { Context } from '../../../lib/ports/context.ts'
import { LogLines } from '../../../lib/run/log-line.ts'
import { ENGINES, SQLITE, useLedger } from '../../support/open-ledger.ts'
import { enqueued, refusal } from '../steps.ts'
import { compact, line, logOf, type Writer, writing } from './steps.ts'

const AT = '2026-11-22T10:00:00.000Z'
const MB = 1024 * 1024
const SMALL: SearchBudget = { bytes: 1, ms: 60_000 }

/** All that is found, page by page. */
async function allOf(reader: Context, asked: SearchLog, budget?: SearchBudget) {
  const pages = []
  for (let from: number | null = 0; from !== null; ) {
    const page: Awaited<ReturnType<typeof searchLog>> = await searchLog(reader, { ...asked, from }, budget)
    pages.push(page)
    from = page.nextFrom
  }
  return pages
}

describe.each(ENGINES)('searching a log on $name', (engine) => {
  const at = useLedger(engine)

  it('finds lines by what was printed, whatever its capitals, and says where they are', async () => {
    const { writer, id, person } = await writing(at())
    const lines = [
      line(id, 'Starting'),
      line(id, 'an ERROR: no route'),
      line(id, 'fine'),
      line(id, 'error again'),
    ]
    await writer.write(lines.join(''))
    const { data, nextFrom, to, total } = await searchLog(person, { id, q: 'Error' })
    expect(data).toEqual([
      { position: lines[0]?.length, at: AT, text: 'an ERROR: no route', hit: [3, 8] },
      { position: lines.slice(0, 3).join('').length, at: AT, text: 'error again', hit: [0, 5] },
    ])
    expect([nextFrom, to]).toEqual([null, total])
    // Its time and its run stand before each line, and were not printed.
    for (const q of ['2026', id, 'nowhere']) expect((await searchLog(person, { id, q })).data).toEqual([])
  })

  it('finds what was printed in colors, and in other letters', async () => {
    const { writer, id, person } = await writing(at())
    await writer.write(`${line(id, 'all \u001b[31mre\u001b[1md\u001b[0m here')}${line(id, 'GRÖßE 二 ÄPFEL')}`)
    expect((await searchLog(person, { id, q: 'RED h' })).data).toMatchObject([
      { text: 'all red here', hit: [4, 9] },
    ])
    expect((await searchLog(person, { id, q: 'größe 二 ä' })).data).toMatchObject([
      { text: 'GRÖßE 二 ÄPFEL' },
    ])
  })

  it('goes page by page, each line once, wherever a page ends', async () => {
    const { writer, id, person } = await writing(at())
    for (let n = 0; n < 10; n++) await writer.write(line(id, `hit ${n}`) + line(id, 'miss'))
    for (const limit of [1, 3, 10, 100]) {
      const pages = await allOf(person, { id, q: 'hit', limit })
      expect(pages.every(({ data }) => data.length <= limit)).toBe(true)
      expect(pages.flatMap(({ data }) => data.map(({ text }) => text))).toEqual(
        Array.from({ length: 10 }, (_, n) => `hit ${n}`),
      )
    }
  })

  it('finds what stands over the cut in a long line', async () => {
    const { writer, id, person } = await writing(at())
    const text = `${'x'.repeat(65_530)}the needle of this line`
    await writer.write(new LogLines(id).add('stdout', Buffer.from(`${text}\n`), Date.parse(AT)))
    expect(await logOf(person, id)).toContain('~ ')
    const { data } = await searchLog(person, { id, q: `${'x'.repeat(20)}THE NEEDLE OF` })
    expect(data).toMatchObject([{ text: 'edle of this line' }])
    const [match] = (await searchLog(person, { id, q: 'of this line' })).data
    expect(match?.text.slice(...(match?.hit ?? []))).toBe('of this line')
  })

  it('is refused as reading is', async () => {
    const { id, person, worker } = await writing(at())
    expect((await refusal(searchLog(worker, { id, q: 'x' }))).code).toBe('forbidden')
    expect((await refusal(searchLog(at().tenant().person, { id, q: 'x' }))).code).toBe('not_found')
    expect((await refusal(searchLog(person, { id, q: '' }))).code).toBe('invalid')
    expect((await refusal(searchLog(person, { id, q: 'x', from: 1 }))).code).toBe('invalid')
    const { id: silent } = await enqueued(person)
    expect(await searchLog(person, { id: silent, q: 'x' })).toEqual({
      data: [],
      to: 0,
      total: 0,
      nextFrom: null,
    })
  })
})

describe('searching a large log', () => {
  const at = useLedger(SQLITE)
  const WORDS = Buffer.from('größer二')

  it('finds each line of 64 MB, in chunks and in one object, whatever the borders cut', async () => {
    const { writer, id, person } = await writing(at())
    const planted: number[] = []
    let position = 0
    while (position < 64 * MB) {
      const lines: string[] = []
      for (let bytes = 0; bytes < 3 * MB; ) {
        const isHit = lines.length % 9_973 === 9_000
        const one = line(
          id,
          isHit
            ? `${'ä'.repeat(lines.length % 7)} ${WORDS} found`
            : `only größe and 二 ${'.'.repeat(lines.length % 60)}`,
        )
        if (isHit) planted.push(position + bytes)
        lines.push(one)
        bytes += Buffer.byteLength(one)
      }
      const text = lines.join('')
      await writer.write(text)
      position += Buffer.byteLength(text)
    }
    const found = async () =>
      (await allOf(person, { id, q: 'GRÖßER二', limit: 10 }, { bytes: 8 * MB, ms: 60_000 })).flatMap(
        ({ data }) => data.map((match) => match.position),
      )
    expect(planted.length).toBeGreaterThan(20)
    expect(await found()).toEqual(planted)
    await writer.succeed()
    await compact(at(), id)
    expect(await found()).toEqual(planted)
  }, 180_000)

  it('ends where its budget is spent, and holds no more than a few blocks of a log without lines', async () => {
    const { writer, id, person } = await writing(at())
    await fill(writer, 'ö'.repeat(MB))
    await writer.write(`öö here${'ö'.repeat(10)}`)
    const pages = await allOf(person, { id, q: 'Öö HERE' }, SMALL)
    expect(pages.length).toBeGreaterThan(5)
    const steps = pages.map(({ to }, n) => to - (pages[n - 1]?.to ?? 0))
    expect(Math.max(...steps)).toBeLessThan(8 * MB)
    expect(pages.flatMap(({ data }) => data)).toHaveLength(1)
  })

  async function fill(writer: Writer, text: string) {
    for (let n = 0; n < 8; n++) await writer.write(text)
  }
})
