import { describe, expect, it } from 'vitest'
import { MIN_PART_BYTES, type PresignedRequest } from '../../../lib/ports/object-store.ts'
import { must } from '../harness.ts'
import type { AtObjects } from '../object-store.contract.ts'
import { ofAnotherKey, withOtherSignature } from './presign-get.ts'
import { expectBytes, makeBytes, newKey, read, readText, text } from './steps.ts'

export function presignPutContract(at: AtObjects): void {
  describe('presignPut', () => {
    const options = { bytes: 9, contentType: 'text/csv', expiresSeconds: 300 }
    const status = async (signed: PresignedRequest, body: Uint8Array<ArrayBuffer>, headers = {}) => {
      const { method, url } = signed
      const answer = await at().send(
        new Request(url, { method, body, headers: { ...signed.headers, ...headers } }),
      )
      await answer.body?.cancel()
      return answer.status
    }

    it('makes the object once, with its type', async () => {
      const { store } = at()
      const key = newKey('日 +%20.csv')
      const signed = await store.presignPut(key, options)
      expect(signed.method).toBe('PUT')
      expect(await status(signed, text('the first'))).toBe(200)
      expect(await store.head(key)).toMatchObject({ bytes: 9, contentType: 'text/csv', metadata: {} })
      expect(await status(signed, text('2nd write'))).toBe(412)
      expect(await status(await store.presignPut(key, options), text('3rd write'))).toBe(412)
      expect(await readText(store, key)).toBe('the first')
    })

    it('lets exactly one of many at once make it', async () => {
      const { store } = at()
      const key = newKey()
      const signed = await store.presignPut(key, { ...options, bytes: 100_000 })
      const bodies = Array.from({ length: 10 }, (_, n) => makeBytes(100_000, n))
      const answers = await Promise.all(bodies.map((body) => status(signed, body)))
      const winners = [...answers.keys()].filter((n) => answers[n] === 200)
      expect(winners).toHaveLength(1)
      for (const answer of answers) expect([200, 409, 412]).toContain(answer)
      expectBytes(await read(store, key), must(bodies[must(winners[0])]))
    })

    it('refuses another length', async () => {
      const { store } = at()
      const key = newKey()
      const signed = await store.presignPut(key, options)
      for (const body of [text('short'), text('too long for it'), new Uint8Array(0)]) {
        expect([400, 403, 411, 413]).toContain(await status(signed, body))
      }
      expect(await store.head(key)).toBeNull()
      expect(await status(signed, text('as signed'))).toBe(200)
    })

    it('takes a file without bytes where it was signed for one', async () => {
      const { store } = at()
      const key = newKey()
      const signed = await store.presignPut(key, { ...options, bytes: 0 })
      expect(await status(signed, new Uint8Array(0))).toBe(200)
      expect(await store.head(key)).toMatchObject({ bytes: 0, contentType: 'text/csv' })
    })

    it('refuses another type, another key, another method and a signature that is not ours', async () => {
      const { store } = at()
      const key = newKey('one')
      const signed = await store.presignPut(key, options)
      const body = text('as signed')
      expect(await status(signed, body, { 'content-type': 'text/html' })).toBe(403)
      expect(await status({ ...signed, url: ofAnotherKey(signed.url) }, body)).toBe(403)
      expect(await status({ ...signed, url: withOtherSignature(signed.url) }, body)).toBe(403)
      const post = await at().send(new Request(signed.url, { method: 'POST', body, headers: signed.headers }))
      expect([403, 404, 405]).toContain(post.status)
      expect(await store.head(key)).toBeNull()
      expect(await store.head(key.replace(/one$/, 'two'))).toBeNull()
    })

    it('ends when it expires', async () => {
      const { store } = at()
      const key = newKey()
      const signed = await store.presignPut(key, { ...options, expiresSeconds: 1 })
      await expect.poll(() => status(signed, text('too late!')), { timeout: 20_000, interval: 200 }).toBe(403)
    })
  })

  describe('presignPart', () => {
    it('writes one part of an upload, again if need be, of exactly so many bytes', async () => {
      const { store, send } = at()
      const key = newKey('日 +%20')
      const upload = { key, uploadId: await store.createMultipart(key) }
      const bodies = [makeBytes(MIN_PART_BYTES), makeBytes(MIN_PART_BYTES, 2), text('the end')]
      const put = async (number: number, bytes: number, body: Uint8Array<ArrayBuffer>) => {
        const { method, url, headers } = await store.presignPart(upload, number, {
          bytes,
          expiresSeconds: 300,
        })
        const answer = await send(new Request(url, { method, headers, body }))
        await answer.body?.cancel()
        return answer.status
      }
      expect(await put(1, MIN_PART_BYTES, must(bodies[1]))).toBe(200)
      expect([400, 403, 411, 413]).toContain(await put(1, MIN_PART_BYTES, text('short')))
      expect(await put(1, MIN_PART_BYTES, must(bodies[0]))).toBe(200)
      expect(await put(3, 7, must(bodies[2]))).toBe(200)
      expect(await put(2, MIN_PART_BYTES, must(bodies[1]))).toBe(200)
      const parts = await store.listParts(upload)
      expect(parts.map(({ number, bytes }) => [number, bytes])).toEqual([
        [1, MIN_PART_BYTES],
        [2, MIN_PART_BYTES],
        [3, 7],
      ])
      await store.completeMultipart(upload, parts)
      expectBytes(await read(store, key), new Uint8Array(Buffer.concat(bodies)))
      expect(await put(1, MIN_PART_BYTES, must(bodies[0]))).toBe(404)
    })
  })
}
