import { describe, expect, it } from 'vitest'
import { MAX_PUT_BYTES } from '../../../lib/ports/object-store.ts'
import { must } from '../harness.ts'
import type { AtObjects } from '../object-store.contract.ts'
import { expectBytes, expectCode, ISO, makeBytes, newKey, read, readText, sha256, text } from './steps.ts'

export function putContract(at: AtObjects): void {
  describe('put', () => {
    it('keeps bytes as they are given, and says what it kept', async () => {
      const { store } = at()
      const key = newKey()
      const body = makeBytes(300_001)
      const put = must(await store.put(key, body, { sha256: sha256(body) }))
      expect(put.bytes).toBe(body.length)
      expectBytes(await read(store, key), body)
      expect(await store.head(key)).toMatchObject({ bytes: body.length, etag: put.etag })
    })

    it('keeps a part of a larger buffer, not the buffer', async () => {
      const { store } = at()
      const key = newKey()
      const body = text('xxxthe middlexxx').subarray(3, 13)
      await store.put(key, body, { sha256: sha256(body) })
      expect(await readText(store, key)).toBe('the middle')
    })

    it('keeps type and metadata', async () => {
      const { store } = at()
      const key = newKey()
      const metadata = { bytes: '17', 'sent-sha256': sha256(text('x')), words: 'a = "b"; c/d, e' }
      await store.put(key, text('x'), { contentType: 'text/plain; charset=utf-8', metadata })
      const head = {
        bytes: 1,
        etag: expect.any(String),
        modifiedAt: expect.stringMatching(ISO),
        contentType: 'text/plain; charset=utf-8',
        metadata,
      }
      expect(await store.head(key)).toEqual(head)
      const { body, ...got } = must(await store.get(key))
      await body.cancel()
      expect(got).toEqual(head)
    })

    it('keeps an object without bytes', async () => {
      const { store } = at()
      const key = newKey()
      const empty = new Uint8Array(0)
      expect(await store.put(key, empty, { sha256: sha256(empty) })).toMatchObject({ bytes: 0 })
      expect(await store.head(key)).toMatchObject({ bytes: 0, metadata: {} })
      expectBytes(await read(store, key), empty)
    })

    it('replaces what is there, with its type, its metadata and its etag', async () => {
      const { store } = at()
      const key = newKey()
      const first = must(
        await store.put(key, text('first'), { metadata: { n: '1' }, contentType: 'text/css' }),
      )
      const second = must(await store.put(key, text('the second'), { metadata: { m: '2' } }))
      expect(second.etag).not.toBe(first.etag)
      expect(await readText(store, key)).toBe('the second')
      expect(await store.head(key)).toMatchObject({ bytes: 10, etag: second.etag, metadata: { m: '2' } })
      expect(must(await store.head(key)).metadata).not.toHaveProperty('n')
      expect(must(await store.head(key)).contentType).not.toBe('text/css')
    })

    it('leaves what is there alone with ifAbsent, and answers null', async () => {
      const { store } = at()
      const key = newKey()
      const first = must(await store.put(key, text('first'), { ifAbsent: true, metadata: { n: '1' } }))
      expect(await store.put(key, text('the second'), { ifAbsent: true })).toBeNull()
      expect(await readText(store, key)).toBe('first')
      expect(await store.head(key)).toMatchObject({ bytes: 5, etag: first.etag, metadata: { n: '1' } })
    })

    it('may be put with ifAbsent again once it is deleted', async () => {
      const { store } = at()
      const key = newKey()
      await store.put(key, text('first'), { ifAbsent: true })
      await store.deleteMany([key])
      expect(await store.put(key, text('second'), { ifAbsent: true })).toMatchObject({ bytes: 6 })
      expect(await readText(store, key)).toBe('second')
    })

    it('refuses bytes that are not those of the sha256, and leaves nothing', async () => {
      const { store } = at()
      const key = newKey()
      await expectCode(store.put(key, text('one'), { sha256: sha256(text('another')) }), 'invalid')
      expect(await store.head(key)).toBeNull()
      await store.put(key, text('kept'))
      await expectCode(store.put(key, text('one'), { sha256: sha256(text('another')) }), 'invalid')
      expect(await readText(store, key)).toBe('kept')
    })

    it('refuses more than one put takes', async () => {
      const { store } = at()
      const key = newKey()
      await expectCode(store.put(key, new Uint8Array(MAX_PUT_BYTES + 1)), 'too_large')
      expect(await store.head(key)).toBeNull()
    })

    it('lets exactly one of many at once win with ifAbsent, whole', async () => {
      const { store, another } = at()
      const [key, other] = [newKey(), await another()]
      const bodies = Array.from({ length: 20 }, (_, n) => makeBytes(50_000 + n, n))
      const puts = await Promise.all(
        bodies.map((body, n) => (n % 2 ? store : other).put(key, body, { ifAbsent: true })),
      )
      const winners = [...puts.keys()].filter((n) => puts[n])
      expect(winners).toHaveLength(1)
      expectBytes(await read(store, key), must(bodies[must(winners[0])]))
    })

    it('keeps one of many at once whole, its head with it', async () => {
      const { store } = at()
      const key = newKey()
      const bodies = Array.from({ length: 20 }, (_, n) => makeBytes(50_000 + n, n))
      await Promise.all(bodies.map((body, n) => store.put(key, body, { metadata: { n: `${n}` } })))
      const head = must(await store.head(key))
      const kept = must(bodies[Number(head.metadata.n)])
      expect(head.bytes).toBe(kept.length)
      expectBytes(await read(store, key), kept)
    })
  })
}
