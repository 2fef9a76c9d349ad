import { describe, expect, it } from 'vitest'
import type { AtObjects } from '../object-store.contract.ts'
import { byBytes, listAll, newKey, putAll, readText, text } from './steps.ts'

const ODD = [
  'a',
  'a/b',
  'a/b/c',
  'a/',
  'a//b',
  'with spaces in it ',
  '100%',
  '%20',
  '%2e%2e%2f',
  'one+one',
  'question?x=1&y=2',
  'hash#part',
  'quotes\'"`',
  'less<and>more&amp;',
  'back\\slash',
  'colon:semi;comma,eq=at@dollar$bang!star*(round)[square]{curly}|pipe^hat~',
  '..a',
  'a..',
  'a/..b/c',
  'a/.../b',
  '.hidden',
  'é',
  'e\u0301',
  '日本語/ファイル',
  '\u{1f600}',
  'CON',
  'constructor',
  '__proto__',
]

export function keysContract(at: AtObjects): void {
  describe('keys', () => {
    it('of every kind are kept apart', async () => {
      const { store } = at()
      const prefix = newKey('')
      for (const name of ODD) await store.put(prefix + name, text(`this is ${name}`), { ifAbsent: true })
      for (const name of ODD) expect(await readText(store, prefix + name)).toBe(`this is ${name}`)
      const keys = ODD.map((name) => prefix + name).toSorted(byBytes)
      expect(await listAll(store, prefix)).toEqual(keys)
      expect(await listAll(store, prefix, 1)).toEqual(keys)
      expect(await store.deleteMany(keys.slice(1))).toEqual([])
      expect(await listAll(store, prefix)).toEqual(keys.slice(0, 1))
    })

    it('that name a folder above lead nowhere else', async () => {
      const { store } = at()
      const prefix = newKey('')
      const keys = ['in/../out', 'in/../../out', './out', 'in/./out', 'in/..'].map((name) => prefix + name)
      const results = await Promise.allSettled(keys.map((key) => store.put(key, text(key))))
      const kept = keys.filter((_, n) => results[n]?.status === 'fulfilled').toSorted(byBytes)
      for (const key of kept) expect(await readText(store, key)).toBe(key)
      expect(await listAll(store, prefix)).toEqual(kept)
      expect(await store.head(`${prefix}out`)).toBeNull()
      expect(await store.deleteMany(kept)).toEqual([])
      expect(await listAll(store, prefix)).toEqual([])
    })

    it('have 1,024 bytes at most, in one segment, in many, and where the last byte alone tells them apart', async () => {
      const { store } = at()
      const prefix = newKey('')
      const room = 1024 - prefix.length
      const keys = [
        `${prefix}${'x'.repeat(room)}`,
        `${prefix}${'x'.repeat(room - 1)}y`,
        `${prefix}${'x/'.repeat(room / 2)}`.padEnd(1024, 'x'),
        `${prefix}${'日'.repeat(Math.floor(room / 3))}`,
      ].toSorted(byBytes)
      await putAll(store, keys)
      for (const key of keys) expect(await readText(store, key)).toBe('x')
      expect(await listAll(store, prefix, 1)).toEqual(keys)
      expect(await store.deleteMany(keys)).toEqual([])
    })
  })
}
