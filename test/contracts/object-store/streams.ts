import { describe, expect, it } from 'vitest'
import { must } from '../harness.ts'
import type { AtObjects } from '../object-store.contract.ts'
import { expectBytes, makeBytes, newKey, read, readAll, sha256 } from './steps.ts'

const LARGE = 12 * 1024 * 1024

export function streamContract(at: AtObjects): void {
  describe('a body', () => {
    it('is whole, also where it is read in small steps and others read at the same time', async () => {
      const { store } = at()
      const key = newKey()
      const body = makeBytes(LARGE)
      await store.put(key, body, { sha256: sha256(body) })
      for (const found of await Promise.all([read(store, key), read(store, key), read(store, key)])) {
        expectBytes(found, body)
      }
    })

    it('that is canceled lets go: before the first byte, in the middle, more often than there are connections', async () => {
      const { store } = at()
      const key = newKey()
      await store.put(key, makeBytes(LARGE))
      for (let n = 0; n < 60; n++) {
        const { body } = must(await store.get(key))
        if (n % 2 === 0) {
          await body.cancel()
          continue
        }
        const reader = body.getReader()
        expect(must((await reader.read()).value).length).toBeGreaterThan(0)
        await reader.cancel()
      }
      expect(await store.head(key)).toMatchObject({ bytes: LARGE })
    })

    it('of which a range is read to its end may be followed by another', async () => {
      const { store } = at()
      const key = newKey()
      const body = makeBytes(LARGE)
      await store.put(key, body)
      const step = 1024 * 1024
      const pieces: Uint8Array[] = []
      for (let start = 0; start < LARGE; start += step) {
        const { body: piece } = must(await store.get(key, { range: { start, end: start + step - 1 } }))
        pieces.push(await readAll(piece))
      }
      expectBytes(new Uint8Array(Buffer.concat(pieces)), body)
    })
  })
}
