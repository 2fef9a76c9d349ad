import { beforeAll, describe, expect, it } from 'vitest'
import { must } from '../harness.ts'
import type { AtObjects } from '../object-store.contract.ts'
import { byBytes, ISO, listAll, newKey, putAll, text } from './steps.ts'

const NAMES = [
  ...['a', 'a/b', 'a/b/c', 'a-b', 'a.b', 'A', 'B/', 'b', 'b ', 'b+', 'b%2F', '_', '~', '0', '00', '10', '9'],
  // Of these, UTF-16 would put the smiling face before the full-width tilde.
  ...['é', 'e\u0301', '日', '日本', '\uff5e', '\u{1f600}', '\u{10fffd}'],
]

export function listContract(at: AtObjects): void {
  describe('list', () => {
    const prefix = newKey('')
    const keys = NAMES.map((name) => prefix + name).toSorted(byBytes)
    beforeAll(() => putAll(at().store, keys))

    it.each([1, 2, 3, 7, 24, 1000])(
      'gives every key once, in the order of its bytes, %i at a time',
      async (limit) => {
        expect(await listAll(at().store, prefix, limit)).toEqual(keys)
      },
    )

    it('gives what head gives', async () => {
      const { store } = at()
      const [only, ...more] = await store.list({ prefix: `${prefix}日本` })
      expect(more).toEqual([])
      const { bytes, etag } = must(await store.head(`${prefix}日本`))
      expect(only).toEqual({ key: `${prefix}日本`, bytes, etag, modifiedAt: expect.stringMatching(ISO) })
    })

    it('starts after a key that is not there', async () => {
      const { store } = at()
      const keysAfter = async (startAfter: string, limit: number) =>
        (await store.list({ prefix, startAfter, limit })).map(({ key }) => key)
      expect(await keysAfter(`${prefix}a/a`, 2)).toEqual([`${prefix}a/b`, `${prefix}a/b/c`])
      expect(await keysAfter(prefix, 1)).toEqual(keys.slice(0, 1))
      expect(await keysAfter('', 1)).toEqual(keys.slice(0, 1))
      expect(await keysAfter(`${prefix}\u{10fffd}x`, 5)).toEqual([])
      expect(await keysAfter(`${prefix.slice(0, -1)}0`, 5)).toEqual([])
    })

    it('keeps to the prefix, which is any beginning of a key', async () => {
      const { store } = at()
      expect(await listAll(store, `${prefix}a`)).toEqual(
        [...['a', 'a-b', 'a.b', 'a/b', 'a/b/c']].map((name) => prefix + name),
      )
      expect(await listAll(store, `${prefix}a/`)).toEqual([`${prefix}a/b`, `${prefix}a/b/c`])
      expect(await listAll(store, `${prefix}b+`)).toEqual([`${prefix}b+`])
      expect(await listAll(store, `${prefix}b%2`)).toEqual([`${prefix}b%2F`])
      expect(await listAll(store, `${prefix}nothing`)).toEqual([])
    })

    it('shows at once what was put, replaced and deleted', async () => {
      const { store } = at()
      const here = newKey('')
      await store.put(`${here}1`, text('one'))
      expect(await store.list({ prefix: here })).toMatchObject([{ key: `${here}1`, bytes: 3 }])
      await store.put(`${here}1`, text('replaced'))
      await store.put(`${here}2`, text('two'))
      expect(await store.list({ prefix: here })).toMatchObject([{ bytes: 8 }, { bytes: 3 }])
      await store.deleteMany([`${here}1`])
      expect(await store.list({ prefix: here })).toMatchObject([{ key: `${here}2` }])
    })
  })
}
