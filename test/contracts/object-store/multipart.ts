import { describe, expect, it } from 'vitest'
import { MIN_PART_BYTES } from '../../../lib/ports/object-store.ts'
import { must } from '../harness.ts'
import type { AtObjects } from '../object-store.contract.ts'
import { expectBytes, expectCode, ISO, makeBytes, newKey, read, text, uploadParts } from './steps.ts'

export function multipartContract(at: AtObjects): void {
  describe('an upload in parts', () => {
    it('becomes one object with type and metadata, and is not seen before', async () => {
      const { store } = at()
      const key = newKey('in parts')
      const options = { contentType: 'application/gzip', metadata: { manifest: 'abc' } }
      const upload = { key, uploadId: await store.createMultipart(key, options) }
      const bodies = [makeBytes(MIN_PART_BYTES), makeBytes(MIN_PART_BYTES + 17, 2), makeBytes(3, 3)]
      const parts = await Promise.all(bodies.map((body, n) => store.putPart(upload, n + 1, body)))
      expect(parts).toMatchObject(bodies.map((body, n) => ({ number: n + 1, bytes: body.length })))
      expect(await store.head(key)).toBeNull()
      expect(await store.list({ prefix: key })).toEqual([])
      const whole = new Uint8Array(Buffer.concat(bodies))
      const made = must(await store.completeMultipart(upload, parts))
      expect(made.bytes).toBe(whole.length)
      expectBytes(await read(store, key), whole)
      expect(await store.head(key)).toMatchObject({ ...options, bytes: whole.length, etag: made.etag })
      const border = { start: MIN_PART_BYTES - 2, end: MIN_PART_BYTES + 1 }
      const { body } = must(await store.get(key, { range: border, ifMatch: must(made.etag) }))
      expectBytes(
        new Uint8Array(await new Response(body).arrayBuffer()),
        whole.subarray(border.start, border.end + 1),
      )
    })

    it('may have one small part only, or an empty one', async () => {
      const { store } = at()
      for (const body of [text('small'), new Uint8Array(0)]) {
        const key = newKey()
        const { upload, parts } = await uploadParts(store, key, [body])
        expect(await store.completeMultipart(upload, parts)).toMatchObject({ bytes: body.length })
        expectBytes(await read(store, key), body)
      }
    })

    it('counts a part that is written again as it was written last', async () => {
      const { store } = at()
      const { upload, parts } = await uploadParts(store, newKey(), [
        makeBytes(MIN_PART_BYTES),
        text('old end'),
      ])
      const again = await store.putPart(upload, 1, makeBytes(MIN_PART_BYTES + 1, 9))
      expect(await store.listParts(upload)).toEqual([again, parts[1]])
      await store.completeMultipart(upload, [again, must(parts[1])])
      const whole = Buffer.concat([makeBytes(MIN_PART_BYTES + 1, 9), text('old end')])
      expectBytes(await read(store, upload.key), whole)
    })

    it('goes on in another process from what listParts says', async () => {
      const { store, another } = at()
      const bodies = [makeBytes(MIN_PART_BYTES), makeBytes(MIN_PART_BYTES, 2), text('end')]
      const { upload } = await uploadParts(store, newKey(), bodies.slice(0, 2))
      const there = await another()
      expect(await there.listParts(upload)).toMatchObject([
        { number: 1, bytes: MIN_PART_BYTES },
        { number: 2, bytes: MIN_PART_BYTES },
      ])
      await there.putPart(upload, 3, must(bodies[2]))
      expect(await there.completeMultipart(upload, await there.listParts(upload))).toMatchObject({
        bytes: 2 * MIN_PART_BYTES + 3,
      })
      expectBytes(await read(store, upload.key), new Uint8Array(Buffer.concat(bodies)))
    })

    it('has parts in the order of their numbers, whatever came first, up to number 10,000', async () => {
      const { store } = at()
      const key = newKey()
      const upload = { key, uploadId: await store.createMultipart(key) }
      expect(await store.listParts(upload)).toEqual([])
      await store.putPart(upload, 10_000, text('the end'))
      await store.putPart(upload, 9, makeBytes(MIN_PART_BYTES))
      const parts = await store.listParts(upload)
      expect(parts.map(({ number }) => number)).toEqual([9, 10_000])
      await store.completeMultipart(upload, parts)
      expect(await store.head(key)).toMatchObject({ bytes: MIN_PART_BYTES + 7 })
    })

    it('may be begun twice at one key, each with its own parts', async () => {
      const { store } = at()
      const key = newKey()
      const first = await uploadParts(store, key, [text('of the first')])
      const second = await uploadParts(store, key, [text('of the second')])
      expect(second.upload.uploadId).not.toBe(first.upload.uploadId)
      await store.completeMultipart(second.upload, second.parts)
      await store.completeMultipart(first.upload, first.parts)
      expectBytes(await read(store, key), text('of the first'))
    })

    it('is listed below its prefix until it has ended', async () => {
      const { store } = at()
      const prefix = newKey('')
      const uploads: string[] = []
      for (const name of ['a b', 'a b', 'c%20+日']) uploads.push(await store.createMultipart(prefix + name))
      const open = await store.listMultiparts({ prefix })
      expect(open.map(({ uploadId }) => uploadId).toSorted()).toEqual(uploads.toSorted())
      expect(open.map(({ key }) => key)).toEqual(['a b', 'a b', 'c%20+日'].map((name) => prefix + name))
      for (const { startedAt } of open) expect(startedAt).toMatch(ISO)
      expect(await store.listMultiparts({ prefix, limit: 2 })).toHaveLength(2)
      expect(await store.listMultiparts({ prefix: `${prefix}c%` })).toMatchObject([{ uploadId: uploads[2] }])
      for (const upload of open) await store.abortMultipart(upload)
      expect(await store.listMultiparts({ prefix })).toEqual([])
    })

    it.each([0, -1, 1.5, 10_001])('has no part number %d', async (number) => {
      const { store } = at()
      const key = newKey()
      const upload = { key, uploadId: await store.createMultipart(key) }
      await expectCode(store.putPart(upload, number, text('x')), 'invalid')
      await store.abortMultipart(upload)
    })
  })
}
