import { describe, expect, it } from 'vitest'
import { resolveSecrets } from '../../lib/worker/secrets.ts'

const redactorOf = (value: string) => resolveSecrets({ $secret: 'x' }, () => value).redact

describe('the secrets of a run', () => {
  it.each([
    ['hunter2\n', 'login hunter2 refused'],
    ['  hunter2\r\n', 'login hunter2 refused'],
    ['alice:pw1234\nbob:pw98', 'login bob:pw98 refused'],
    ['pass "word"', 'login pass \\"word\\" refused'],
    ['top secret', 'login top%20secret refused'],
    ['hunter2\n', `login ${btoa('hunter2')} refused`],
    ['four', 'login four refused'],
  ])('%j is found in %j', (value, text) => {
    expect(redactorOf(value)(text)).toBe('login [secret x] refused')
  })

  it('are not looked for where they are too short', () => {
    expect(redactorOf('a\nbc\n   \n      ')('a bc        d')).toBe('a bc        d')
  })

  it('that are no text are refused', () => {
    const resolve = () => resolveSecrets({ $secret: 'x' }, (() => Promise.resolve('later')) as never)
    expect(resolve).toThrow('the secret "x" is no text')
  })
})
