import { describe, expect, it } from 'vitest'
import { followLog } from '../../../lib/ledger/logs/follow-log.ts'
import { ENGINES, useLedger } from '../../support/open-ledger.ts'
import { refusal } from '../steps.ts'
import { compact, textOf, writing } from './steps.ts'

const NEVER = new AbortController().signal

describe.each(ENGINES)('following a log on $name', (engine) => {
  const at = useLedger(engine)

  it('shows the same bytes to who came before, during and after the run', async () => {
    const ledger = at()
    const { writer, id, person } = await writing(ledger)
    const follow = async () => textOf((await followLog(person, { id }, NEVER)).body)
    const before = follow()
    const texts = Array.from({ length: 20 }, (_, n) => `line ${n}\n`)
    const during: Promise<string>[] = []
    for (const text of texts) {
      await writer.write(text)
      during.push(follow())
    }
    await writer.succeed()
    const whole = texts.join('')
    expect(await before).toBe(whole)
    expect(await Promise.all(during)).toEqual(during.map(() => whole))
    expect(await follow()).toBe(whole)
    await compact(ledger, id)
    expect(await follow()).toBe(whole)
  })

  it('goes on from any position without a byte twice or missing', async () => {
    const { writer, id, person } = await writing(at())
    await writer.write('0123456789\n')
    const streams = Array.from({ length: 12 }, async (_, from) => {
      const stream = await followLog(person, { id, from }, NEVER)
      return (await textOf(stream.body)).length
    })
    await writer.write('abcdefghi\n')
    await writer.succeed()
    expect(await Promise.all(streams)).toEqual(Array.from({ length: 12 }, (_, from) => 21 - from))
  })

  it('begins with the tail when asked to', async () => {
    const { writer, id, person } = await writing(at())
    await writer.write('one\ntwo\nthree\n')
    const { from, body } = await followLog(person, { id, tail: 7 }, NEVER)
    const text = textOf(body)
    await writer.write('four\n')
    await writer.succeed()
    expect([from, await text]).toEqual([8, 'three\nfour\n'])
  })

  it('ends when the reader goes', async () => {
    const { writer, id, person } = await writing(at())
    await writer.write('one\n')
    const gone = new AbortController()
    const { body } = await followLog(person, { id }, gone.signal)
    const pieces: string[] = []
    for await (const piece of body) {
      pieces.push(Buffer.from(piece).toString())
      gone.abort()
    }
    expect(pieces).toEqual(['one\n'])
  })

  it('does for fifty at once', async () => {
    const { writer, id, person } = await writing(at())
    const all = Array.from({ length: 50 }, async () => textOf((await followLog(person, { id }, NEVER)).body))
    const text = 'a line of the log\n'.repeat(2_000)
    for (let n = 0; n < 5; n++) await writer.write(text)
    await writer.succeed()
    expect(new Set(await Promise.all(all))).toEqual(new Set([text.repeat(5)]))
  })

  it('is refused to strangers before anything', async () => {
    const ledger = at()
    const { id } = await writing(ledger)
    expect((await refusal(followLog(ledger.tenant().person, { id }, NEVER))).code).toBe('not_found')
  })
})
