import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mayBeSecret } from '../../lib/run/may-be-secret.ts'
import { SECRETS } from '../secrets/samples.ts'

describe('a text that may be a secret', () => {
  it.each(SECRETS)('is %s', (_, text) => {
    expect(mayBeSecret(text)).toBe(true)
    expect(mayBeSecret(JSON.stringify({ input: { a: [`x ${text} y`] } }))).toBe(true)
  })

  it.each(['Basic dXNlcjpwYXNz', 'BASIC dXNlcjpwYXNz'])('is %s, however short', (text) => {
    expect(mayBeSecret(text)).toBe(true)
  })

  it.each([
    '',
    'short',
    'invoices/2026-11/customer-1234.pdf',
    '/data/exports/2026/invoices.csv',
    'Invoice 17 for c-17',
    'A sentence of words, with numbers such as 1234567890123.',
    'some_long_snake_case_identifier_of_a_column',
    '2026-11-22T10:30:00.000Z',
  ])('is not %j', (text) => {
    expect(mayBeSecret(text)).toBe(false)
  })

  it('is what the rule in words says', () => {
    const characters = fc.constantFrom(...'abXYZ019+=/_.-~% :"é')
    fc.assert(
      fc.property(fc.string({ unit: characters, maxLength: 60 }), (text) => {
        expect(mayBeSecret(text)).toBe(inWords(text))
      }),
      { numRuns: 5_000 },
    )
  })
})

function inWords(text: string): boolean {
  const words = text.match(/[A-Za-z0-9+/_.~%=-]{16,}/g) ?? []
  const parts = words.flatMap((word) => word.match(/[A-Za-z0-9+=]+/g) ?? [])
  return (
    text.includes('://') ||
    parts.some(
      (part) =>
        part.length >= 16 ||
        (part.length >= 6 &&
          (/[+=]/.test(part) || /.[A-Z]/.test(part) || (/[0-9]/.test(part) && /[A-Za-z]/.test(part)))),
    )
  )
}
