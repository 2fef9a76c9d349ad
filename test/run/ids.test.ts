import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import { ProjectId, RunId, RunKind, WorkerId } from '../../lib/run/ids.ts'

const accepts = (schema: typeof RunId, value: unknown) => schema.safeParse(value).success

describe('an id', () => {
  it('is a ULID', () => {
    for (const id of [ulid(), '00000000000000000000000000', '7ZZZZZZZZZZZZZZZZZZZZZZZZZ'])
      expect(accepts(RunId, id), id).toBe(true)
  })

  it.each([
    ulid().toLowerCase(),
    ulid().slice(1),
    `${ulid()}0`,
    // A time after the year 10889 does not fit.
    `8${'0'.repeat(25)}`,
    ...['I', 'L', 'O', 'U', '-', ' ', '\n'].map((letter) => `0${letter}${'0'.repeat(24)}`),
    '3f2c9d5e-8f0a-4b0e-9a51-0c1d2e3f4a5b',
    `${ulid()}\n`,
    '',
    42,
    null,
  ])('is not %j', (id) => {
    expect(accepts(RunId, id)).toBe(false)
  })
})

describe('a kind', () => {
  it.each(['script.pull', 'synchroFacture', 'sync/storyboard:v2', 'a', '0', 'a@b-c_d'])(
    'may be %s',
    (kind) => {
      expect(accepts(RunKind, kind)).toBe(true)
    },
  )

  it.each(['', '.hidden', '-x', 'two words', 'naïve', 'a\n', 'a;b', '../etc', 'x'.repeat(201)])(
    'is not %j',
    (kind) => {
      expect(accepts(RunKind, kind)).toBe(false)
    },
  )
})

describe('a project', () => {
  it('is named like a kind, in 100 characters', () => {
    expect(accepts(ProjectId, 'acme')).toBe(true)
    expect(accepts(ProjectId, 'x'.repeat(100))).toBe(true)
    expect(accepts(ProjectId, 'x'.repeat(101))).toBe(false)
    expect(accepts(ProjectId, '')).toBe(false)
  })
})

describe('a worker', () => {
  it.each(['worker-1', 'José’s laptop 💻', 'host:1234/2', 'x'.repeat(200)])('may be called %s', (name) => {
    expect(accepts(WorkerId, name)).toBe(true)
  })

  it.each(['', 'two\nlines', 'nul\u0000', 'half \uD83D', '\uDE00', 'bell\u0007', 'x'.repeat(201)])(
    'is not called %j',
    (name) => {
      expect(accepts(WorkerId, name)).toBe(false)
    },
  )
})
