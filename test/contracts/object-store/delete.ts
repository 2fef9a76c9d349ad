import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import type { AtObjects } from '../object-store.contract.ts'
import { expectCode, listAll, newKey, putAll, readText, text } from './steps.ts'

export function deleteContract(at: AtObjects): void {
  describe('deleteMany', () => {
    it('removes what it names and nothing else; what is not there counts as removed', async () => {
      const { store } = at()
      const prefix = newKey('')
      const keys = ['a', 'a/b', 'ab', 'b'].map((name) => prefix + name)
      await putAll(store, keys)
      expect(await store.deleteMany([`${prefix}a`, `${prefix}none`, `${prefix}a/`])).toEqual([])
      expect(await listAll(store, prefix)).toEqual(keys.slice(1))
      expect(await store.deleteMany([`${prefix}a`, `${prefix}b`, `${prefix}b`])).toEqual([])
      expect(await listAll(store, prefix)).toEqual(keys.slice(1, 3))
      expect(await store.head(`${prefix}b`)).toBeNull()
    })

    it('takes no key at all', async () => {
      expect(await at().store.deleteMany([])).toEqual([])
    })

    it('removes 1,000 at once, in an answer that names none', async () => {
      const { store } = at()
      const prefix = newKey('')
      const keys = Array.from({ length: 1000 }, (_, n) => `${prefix}${String(n).padStart(4, '0')} & more`)
      await putAll(store, [...keys, `${prefix}left`])
      expect((await store.list({ prefix })).map(({ key }) => key)).toEqual(keys)
      expect(await listAll(store, prefix, 300)).toEqual([...keys, `${prefix}left`])
      expect(await store.deleteMany(keys)).toEqual([])
      expect(await listAll(store, prefix)).toEqual([`${prefix}left`])
    })

    it('refuses more than 1,000, and removes none of them', async () => {
      const { store } = at()
      const key = newKey()
      await store.put(key, text('still here'))
      const keys = [key, ...Array.from({ length: 1000 }, (_, n) => `${key}-${n}`)]
      await expectCode(store.deleteMany(keys), 'invalid')
      expect(await readText(store, key)).toBe('still here')
    })
  })

  describe('overwrite', () => {
    it('leaves zeros where the bytes were, however many, and its neighbors as they are', async () => {
      const { store } = at()
      const [small, large, other] = [newKey(), newKey(), newKey()]
      await store.put(small, text('a secret'))
      await store.put(large, new Uint8Array(9 * 1024 * 1024).fill(7))
      await store.put(other, text('still here'))
      for (const key of [small, large]) await store.overwrite(key)
      expect(await readText(store, small)).toBe('\0'.repeat(8))
      const { body, bytes } = (await store.get(large)) as NonNullable<Awaited<ReturnType<typeof store.get>>>
      expect(bytes).toBe(9 * 1024 * 1024)
      expect((await buffer(body)).every((byte) => byte === 0)).toBe(true)
      expect(await readText(store, other)).toBe('still here')
      expect(await store.deleteMany([small, large])).toEqual([])
    })

    it('finds nothing wrong with what is empty, or is not there', async () => {
      const { store } = at()
      const key = newKey()
      await store.put(key, text(''))
      await store.overwrite(key)
      await store.overwrite(newKey())
      expect(await readText(store, key)).toBe('')
    })
  })
}
