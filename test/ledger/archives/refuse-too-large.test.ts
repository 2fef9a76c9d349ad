import { expect, it } from 'vitest'
import { refuseTooLarge } from '../../../lib/ledger/archives/refuse-too-large.ts'

const GIB = 1024 ** 3

it('a slow compression is refused of what a function cannot finish, and not of a worker', () => {
  const refused = (...[compression, bytes, isUnlimited]: ['gzip' | 'bz2' | 'xz', number, boolean]) => {
    try {
      refuseTooLarge('01K', compression, bytes, isUnlimited)
      return false
    } catch (error) {
      expect(error).toMatchObject({
        code: 'too_large',
        message: expect.stringMatching(/ARCHIVE_COMPRESSION=gzip/),
      })
      return true
    }
  }
  expect(refused('gzip', 500 * GIB, false)).toBe(false)
  expect(refused('bz2', GIB, false)).toBe(false)
  expect(refused('bz2', 2 * GIB, false)).toBe(true)
  expect(refused('xz', GIB, false)).toBe(true)
  expect(refused('xz', GIB, true)).toBe(false)
})
