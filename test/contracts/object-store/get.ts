import { beforeAll, describe, expect, it } from 'vitest'
import { must } from '../harness.ts'
import type { AtObjects } from '../object-store.contract.ts'
import { expectCode, newKey, readAll, text } from './steps.ts'

export function getContract(at: AtObjects): void {
  describe('get and head', () => {
    it('answer null where there is nothing', async () => {
      const { store } = at()
      const key = newKey()
      await store.put(`${key}/below`, text('x'))
      expect(await store.head(key)).toBeNull()
      expect(await store.get(key)).toBeNull()
      expect(await store.get(key, { range: { start: 0, end: 3 } })).toBeNull()
      expect(await store.get(`${key}/bel`)).toBeNull()
      expect(await store.get(`${key}/below/`)).toBeNull()
    })

    it('are of one mind with another instance on the same place', async () => {
      const { store, another } = at()
      const key = newKey()
      await store.put(key, text('here'), { metadata: { n: '1' } })
      const there = await another()
      expect(await there.head(key)).toEqual(await store.head(key))
    })

    describe('a range', () => {
      const key = newKey()
      beforeAll(() => at().store.put(key, text('0123456789')))

      it.each([
        [{ start: 0 }, '0123456789'],
        [{ start: 0, end: 0 }, '0'],
        [{ start: 3, end: 5 }, '345'],
        [{ start: 7 }, '789'],
        [{ start: 9 }, '9'],
        [{ start: 9, end: 9 }, '9'],
        [{ start: 8, end: 10 }, '89'],
        [{ start: 8, end: 1_000_000 }, '89'],
      ])('%j gives %s, with the size of the whole object', async (range, expected) => {
        const { body, ...head } = must(await at().store.get(key, { range }))
        expect(new TextDecoder().decode(await readAll(body))).toBe(expected)
        expect(head).toEqual(await at().store.head(key))
      })

      it.each([
        { start: 10 },
        { start: 10, end: 12 },
        { start: 1_000_000 },
        { start: 5, end: 4 },
        { start: -1 },
        { start: 0.5 },
      ])('%j is invalid', async (range) => {
        await expectCode(at().store.get(key, { range }), 'invalid')
      })

      it('of an object without bytes is beyond its end', async () => {
        const { store } = at()
        const empty = newKey()
        await store.put(empty, new Uint8Array(0))
        await expectCode(store.get(empty, { range: { start: 0 } }), 'invalid')
      })
    })

    it('give what is asked for by its etag, and a conflict once it has changed', async () => {
      const { store } = at()
      const key = newKey()
      const first = must((await store.put(key, text('first')))?.etag)
      const got = must(await store.get(key, { ifMatch: first, range: { start: 1, end: 2 } }))
      expect(new TextDecoder().decode(await readAll(got.body))).toBe('ir')
      const second = must((await store.put(key, text('second')))?.etag)
      await expectCode(store.get(key, { ifMatch: first }), 'conflict')
      await expectCode(store.get(key, { ifMatch: first, range: { start: 1, end: 2 } }), 'conflict')
      await must(await store.get(key, { ifMatch: second })).body.cancel()
      expect(await store.get(newKey(), { ifMatch: first })).toBeNull()
    })
  })
}
