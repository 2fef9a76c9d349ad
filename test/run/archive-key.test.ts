import { expect, it } from 'vitest'
import { archiveKey } from '../../lib/run/archive-key.ts'

const folder = '20250106_143052_8dafff36-6b15-478a-88fc-19cdbbcfca5f'

it.each([
  ['gzip', 1, `archive/2025/01/${folder}.tar.gz`],
  ['gzip', 2, `archive/2025/01/${folder}~2.tar.gz`],
  ['bz2', 1, `archive/2025/01/${folder}.tar.bz2`],
  ['xz', 11, `archive/2025/01/${folder}~11.tar.xz`],
] as const)('an archive by %s, attempt %i, is kept at %s', (compression, attempt, key) => {
  expect(archiveKey('archive', { folder, attempt, compression })).toBe(key)
})
