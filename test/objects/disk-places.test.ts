import { join, normalize, relative } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { folderOf, fromBytes, readName, toBytes, toPlace } from '../../lib/objects/disk/key-place.ts'

/** Keys as people make them, as machines make them, and as nobody should. */
const key = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
    fc.string({
      unit: fc.constantFrom(...'aAbB/..-~+%!é', 'e\u0301', '日', '\u0000', '\n', '\\', ' '),
      minLength: 1,
      maxLength: 30,
    }),
    fc.string({ unit: fc.constantFrom('a', 'A', '/', '日'), minLength: 200, maxLength: 340 }),
  )
  .filter((text) => text.isWellFormed())

/** As a file system sees a path that minds neither case nor the form of letters. */
const folded = (path: string) => path.toLowerCase().normalize('NFD')

describe('the place of a key', () => {
  it('is below the folder, of names that every file system takes, in a path that is not too long', () => {
    fc.assert(
      fc.property(key, (text) => {
        const names = toPlace(text)
        const path = join('/objects', ...names)
        expect(normalize(path)).toBe(path)
        expect(relative('/objects', path).split('/')).toEqual(names)
        for (const name of names) expect(name).toMatch(/^[a-z0-9_.!%~+-]{1,240}$/)
        for (const name of names) expect(['.', '..']).not.toContain(name)
        expect(path.length).toBeLessThan(600)
      }),
    )
  })

  it('is another for each key, also where case and form do not count, and no place is on the way to another', () => {
    fc.assert(
      fc.property(key, key, (one, other) => {
        fc.pre(one !== other)
        const [here, there] = [one, other].map((text) => folded(toPlace(text).join('/'))) as [string, string]
        expect(here).not.toBe(there)
        expect(there.startsWith(`${here}/`)).toBe(false)
      }),
    )
  })

  it('is found below the folder of every beginning of the key', () => {
    fc.assert(
      fc.property(key, fc.nat(), (text, n) => {
        const bytes = toBytes(text)
        const prefix = bytes.slice(0, n % (bytes.length + 1))
        const { folders, at } = folderOf(prefix)
        expect(toPlace(text).slice(0, folders.length)).toEqual(folders)
        expect(prefix.startsWith(at)).toBe(true)
      }),
    )
  })

  it('tells the key, unless it is too long for that', () => {
    fc.assert(
      fc.property(key, (text) => {
        let at = ''
        for (const name of toPlace(text)) {
          const entry = readName(name, at)
          if (entry.kind === 'long' || entry.kind === 'foreign') return
          at = entry.bytes
        }
        expect(fromBytes(at)).toBe(text)
      }),
    )
  })
})
