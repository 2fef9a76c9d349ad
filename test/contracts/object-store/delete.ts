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
}
