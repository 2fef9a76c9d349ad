import { describe, expect, it } from 'vitest'
import { MIN_PART_BYTES } from '../../../lib/ports/object-store.ts'
import { must } from '../harness.ts'
import type { AtObjects } from '../object-store.contract.ts'
import { expectCode, makeBytes, newKey, readText, text, uploadParts } from './steps.ts'

export function multipartEndsContract(at: AtObjects): void {
  describe('the end of an upload in parts', () => {
    it('leaves what is there alone with ifAbsent, answers null, and the upload is gone', async () => {
      const { store } = at()
      const key = newKey()
      const { upload, parts } = await uploadParts(store, key, [text('of the upload')])
      const first = must(await store.put(key, text('was first')))
      expect(await store.completeMultipart(upload, parts, { ifAbsent: true })).toBeNull()
      expect(await readText(store, key)).toBe('was first')
      expect(await store.head(key)).toMatchObject({ etag: first.etag })
      expect(await store.listMultiparts({ prefix: key })).toEqual([])
      await expectCode(store.listParts(upload), 'not_found')
    })

    it('makes the object with ifAbsent where there is none', async () => {
      const { store } = at()
      const { upload, parts } = await uploadParts(store, newKey(), [text('the first')])
      expect(await store.completeMultipart(upload, parts, { ifAbsent: true })).toMatchObject({ bytes: 9 })
      expect(await readText(store, upload.key)).toBe('the first')
    })

    it('replaces what is there without it', async () => {
      const { store } = at()
      const key = newKey()
      await store.put(key, text('old'), { metadata: { n: '1' } })
      const { upload, parts } = await uploadParts(store, key, [text('of the upload')])
      await store.completeMultipart(upload, parts)
      expect(await readText(store, key)).toBe('of the upload')
      expect(must(await store.head(key)).metadata).toEqual({})
    })

    it('refuses parts that are not as given, and can be tried again', async () => {
      const { store } = at()
      const { upload, parts } = await uploadParts(store, newKey(), [makeBytes(MIN_PART_BYTES), text('end')])
      const [one, two] = [must(parts[0]), must(parts[1])]
      const wrong = [
        [one, { number: 3, etag: two.etag }],
        [one, { number: 2, etag: one.etag }],
        [one, { number: 2, etag: '0123456789abcdef0123456789abcdef' }],
        [two, one],
        [],
      ]
      for (const given of wrong) await expectCode(store.completeMultipart(upload, given), 'invalid')
      expect(await store.head(upload.key)).toBeNull()
      expect(await store.listParts(upload)).toEqual(parts)
      expect(await store.completeMultipart(upload, parts)).toMatchObject({ bytes: MIN_PART_BYTES + 3 })
    })

    it('refuses a part that is too small and not the last', async () => {
      const { store } = at()
      const { upload, parts } = await uploadParts(store, newKey(), [text('too small'), text('end')])
      await expectCode(store.completeMultipart(upload, parts), 'invalid')
      expect(await store.head(upload.key)).toBeNull()
      await store.abortMultipart(upload)
    })

    it.each(['completed', 'aborted', 'never begun'])('of one that was %s is not found', async (how) => {
      const { store } = at()
      const { upload, parts } = await uploadParts(store, newKey(), [text('x')])
      if (how === 'completed') await store.completeMultipart(upload, parts)
      if (how === 'aborted') await store.abortMultipart(upload)
      const ended = how === 'never begun' ? { key: newKey(), uploadId: upload.uploadId } : upload
      await expectCode(store.putPart(ended, 1, text('late')), 'not_found')
      await expectCode(store.listParts(ended), 'not_found')
      await expectCode(store.completeMultipart(ended, parts), 'not_found')
      await expectCode(store.completeMultipart(ended, parts, { ifAbsent: true }), 'not_found')
      await store.abortMultipart(ended)
      expect(await store.head(ended.key)).toEqual(how === 'completed' ? expect.anything() : null)
      await store.abortMultipart(upload)
    })

    it('by abort forgets the parts, and may come twice', async () => {
      const { store } = at()
      const { upload } = await uploadParts(store, newKey(), [makeBytes(MIN_PART_BYTES), text('x')])
      await store.abortMultipart(upload)
      await store.abortMultipart(upload)
      expect(await store.listMultiparts({ prefix: upload.key })).toEqual([])
      expect(await store.head(upload.key)).toBeNull()
    })
  })
}
