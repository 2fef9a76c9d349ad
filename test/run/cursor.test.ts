import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromCursor, toCursor } from '../../lib/run/cursor.ts'

const POSITION = { createdAt: '2026-11-21T10:30:00.123Z', id: '01KBQK6M3V8Z5W0X2Y4A6C8E9G' }
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const positions = fc.record({
  createdAt: fc
    .date({
      min: new Date('1970-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    })
    .map((date) => date.toISOString()),
  id: fc
    .tuple(
      fc.constantFrom(...'01234567'),
      fc.string({ unit: fc.constantFrom(...CROCKFORD), minLength: 25, maxLength: 25 }),
    )
    .map(([first, rest]) => first + rest),
})
const refuse = (cursor: string) => {
  const refusal = { code: 'invalid', issues: [expect.objectContaining({ path: 'cursor' })] }
  expect(() => fromCursor(cursor), cursor).toThrowError(expect.objectContaining(refusal))
}

describe('a cursor', () => {
  it('gives back the position it was made of', () => {
    fc.assert(
      fc.property(positions, (position) => {
        const cursor = toCursor(position)
        expect(cursor).toMatch(/^[A-Za-z0-9_-]{1,200}$/)
        expect(fromCursor(cursor)).toEqual(position)
      }),
    )
  })

  it('is refused when it is any other text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), refuse))
    fc.assert(fc.property(fc.base64String(), refuse))
  })

  it.each([
    ['nothing', ''],
    ['a position with more behind it', btoa(`${POSITION.createdAt} ${POSITION.id} more`)],
    ['a position without an id', btoa(POSITION.createdAt)],
    ['an id that is none', btoa(`${POSITION.createdAt} 42`)],
    ['a day there is none of', btoa(`2026-02-30T10:30:00.123Z ${POSITION.id}`)],
    ['a year no database keeps', btoa(`0000-01-01T00:00:00.000Z ${POSITION.id}`)],
    ['an instant that is not to the millisecond', btoa(`2026-11-21T10:30:00Z ${POSITION.id}`)],
    ['one with spaces around it', ` ${toCursor(POSITION)} `],
    ['one cut short', toCursor(POSITION).slice(0, -2)],
    ['one written twice', toCursor(POSITION) + toCursor(POSITION)],
  ])('is refused when it is %s', (_, cursor) => refuse(cursor))
})
