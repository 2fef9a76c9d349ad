import { describe, expect, it } from 'vitest'
import { processSignals } from '../../lib/runtime/signals.ts'

describe('a wait', () => {
  const signals = processSignals()

  it('ends with true at the next hint of its topic, for all who wait', async () => {
    const waits = [signals.wait('a', 10_000), signals.wait('a', 10_000)]
    signals.emit('a')
    expect(await Promise.all(waits)).toEqual([true, true])
  })

  it('ends with false after its time, and hears neither other topics nor what came before', async () => {
    signals.emit('a')
    const wait = signals.wait('a', 50)
    signals.emit('b')
    expect(await wait).toBe(false)
  })

  it('ends with false when it is aborted, also when it was before it began', async () => {
    const leaving = new AbortController()
    const wait = signals.wait('a', 10_000, leaving.signal)
    leaving.abort()
    expect(await wait).toBe(false)
    expect(await signals.wait('a', 10_000, leaving.signal)).toBe(false)
  })

  it('may be one of very many without a warning', async () => {
    const warnings: unknown[] = []
    const note = (warning: unknown) => warnings.push(warning)
    process.on('warning', note)
    const leaving = new AbortController()
    const waits = Array.from({ length: 5_000 }, (_, n) =>
      signals.wait(n % 2 ? 'many' : `one ${n}`, 10_000, leaving.signal),
    )
    signals.emit('many')
    leaving.abort()
    const answers = await Promise.all(waits)
    await new Promise((done) => setImmediate(done))
    process.off('warning', note)
    expect([answers.filter(Boolean).length, answers.length]).toEqual([2_500, 5_000])
    expect(warnings).toEqual([])
  })
})

it('a hint stays inside its own instance', async () => {
  const [here, there] = [processSignals(), processSignals()]
  const wait = there.wait('a', 50)
  here.emit('a')
  expect(await wait).toBe(false)
})
