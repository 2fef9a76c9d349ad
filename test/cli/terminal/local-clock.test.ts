import { describe, expect, it } from 'vitest'
import { LocalClock } from '../../../lib/cli/terminal/local-clock.ts'

describe('a local clock', () => {
  it('tells the date where it is another than before', () => {
    const clock = new LocalClock((_look, text) => `<${text}>`, new Date(2026, 10, 22, 12))
    const tell = (...parts: [number, number, number, number]) =>
      clock.tell(new Date(...parts, 5, 9).toISOString())
    expect(tell(2026, 10, 22, 4)).toBe('<04:05:09>')
    expect(tell(2026, 10, 9, 23)).toBe('<2026-11-09>\n<23:05:09>')
    expect(tell(2026, 10, 9, 23)).toBe('<23:05:09>')
    expect(tell(2026, 10, 22, 0)).toBe('<2026-11-22>\n<00:05:09>')
  })
})
