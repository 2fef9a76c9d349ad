import { describe, expect, it } from 'vitest'
import { readLog } from '../../../lib/ledger/logs/read-log.ts'
import { ENGINES, useLedger } from '../../support/open-ledger.ts'
import { enqueued, refusal } from '../steps.ts'
import { compact, logOf, textOf, writing } from './steps.ts'

const LINES = Array.from({ length: 50 }, (_, n) => `line ${n} ${'x'.repeat(n)}\n`)
const WHOLE = LINES.join('')

describe.each(ENGINES)('reading a log on $name', (engine) => {
  const at = useLedger(engine)

  async function written() {
    const made = await writing(at())
    for (let n = 0; n < LINES.length; n += 7) await made.writer.write(LINES.slice(n, n + 7).join(''))
    return made
  }

  it('gives nothing of a run that has printed nothing', async () => {
    const { person } = at().tenant()
    const { id } = await enqueued(person)
    expect(await readLog(person, { id })).toMatchObject({ from: 0, to: 0, total: 0 })
    expect(await logOf(person, id)).toBe('')
  })

  it('gives any part of it, from chunks and from the object alike', async () => {
    const { writer, id, person } = await written()
    const parts = [
      {},
      { from: 0, to: 1 },
      { from: 100 },
      { from: 100, to: 100 },
      { from: 123, to: 777 },
      { from: WHOLE.length },
      { from: 1, to: 10 ** 12 },
    ]
    const expected = parts.map(({ from, to }) => WHOLE.slice(from ?? 0, to))
    const read = () => Promise.all(parts.map((part) => logOf(person, id, part)))
    expect(await read()).toEqual(expected)
    await writer.succeed()
    await compact(at(), id)
    expect(await read()).toEqual(expected)
  })

  it('gives the tail from the beginning of a line on', async () => {
    const { id, person } = await written()
    for (const tail of [0, 1, 20, 57, 58, 59, 500, WHOLE.length, 10 ** 9]) {
      const { from, body } = await readLog(person, { id, tail })
      const text = await textOf(body)
      expect(text).toBe(WHOLE.slice(from))
      expect(text.length).toBeLessThanOrEqual(tail)
      if (tail >= 58 || tail === 0) expect(from === 0 || WHOLE[from - 1] === '\n').toBe(true)
    }
  })

  it('gives a part of a last line that is longer than the tail', async () => {
    const { writer, id, person } = await writing(at())
    await writer.write(`one\n${'x'.repeat(100)}\n`)
    expect(await logOf(person, id, { tail: 5 })).toBe('xxxx\n')
  })

  it('is refused beyond the end, for both a tail and a beginning, and to strangers', async () => {
    const ledger = at()
    const { id, person, worker } = await written()
    expect((await refusal(readLog(person, { id, from: WHOLE.length + 1 }))).code).toBe('invalid')
    expect((await refusal(readLog(person, { id, from: 1, tail: 1 }))).code).toBe('invalid')
    expect((await refusal(readLog(worker, { id }))).code).toBe('forbidden')
    expect((await refusal(readLog(ledger.tenant().person, { id }))).code).toBe('not_found')
  })

  it('goes on in the object when compaction takes the chunks away under it', async () => {
    const ledger = at()
    const { writer, id, person } = await written()
    await writer.succeed()
    const { body } = await readLog(person, { id })
    const reader = body[Symbol.asyncIterator]()
    const first = await reader.next()
    await compact(ledger, id)
    const rest: Uint8Array[] = [first.value as Uint8Array]
    for (let next = await reader.next(); !next.done; next = await reader.next()) rest.push(next.value)
    expect(Buffer.concat(rest).toString()).toBe(WHOLE)
  })

  it('says what is missing, and never passes off another text as the log', async () => {
    const ledger = at()
    const { id, person } = await written()
    const [chunk] = await ledger.store.logs.chunks(id, 0, 1)
    await ledger.ports.objects.put(chunk?.objectKey ?? '', Buffer.from('no gzip'))
    expect((await refusal(logOf(person, id))).message).toMatch(/is not as it was written/)
    await ledger.ports.objects.deleteMany([chunk?.objectKey ?? ''])
    expect((await refusal(logOf(person, id))).message).toMatch(/has no bytes at 0/)
  })
})
