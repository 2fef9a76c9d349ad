import { describe, expect, it } from 'vitest'
import { MIN_PART_BYTES } from '../../../lib/ports/object-store.ts'
import { must } from '../harness.ts'
import type { AtObjects } from '../object-store.contract.ts'
import { expectBytes, expectCode, makeBytes, newKey, read, readText, text, uploadParts } from './steps.ts'

export function copyContract(at: AtObjects): void {
  describe('copy', () => {
    it('makes a second object with the same bytes, type and metadata', async () => {
      const { store } = at()
      const [from, to] = [newKey('日 %20+a?b#c'), newKey("to 'here' é+%")]
      const given = { contentType: 'text/csv', metadata: { sha256: 'abc', n: '1' } }
      await store.put(from, text('to be copied'), given)
      const copied = await store.copy(from, to)
      expect(copied.bytes).toBe(12)
      expect(await readText(store, to)).toBe('to be copied')
      expect(await store.head(to)).toMatchObject({ ...given, bytes: 12, etag: copied.etag })
      await store.deleteMany([from])
      expect(await readText(store, to)).toBe('to be copied')
    })

    it('replaces what is there', async () => {
      const { store } = at()
      const [from, to] = [newKey(), newKey()]
      await store.put(from, text('new'), { metadata: { n: '2' } })
      await store.put(to, text('the old one'), { metadata: { m: '1' } })
      expect(await store.copy(from, to)).toMatchObject({ bytes: 3 })
      expect(await readText(store, to)).toBe('new')
      expect(must(await store.head(to)).metadata).toEqual({ n: '2' })
    })

    it('copies what came in parts, and what has no bytes', async () => {
      const { store } = at()
      const bodies = [makeBytes(MIN_PART_BYTES), text('end')]
      const { upload, parts } = await uploadParts(store, newKey(), bodies)
      await store.completeMultipart(upload, parts)
      const to = newKey()
      await store.copy(upload.key, to)
      expectBytes(await read(store, to), new Uint8Array(Buffer.concat(bodies)))
      const empty = newKey()
      await store.put(empty, new Uint8Array(0))
      expect(await store.copy(empty, to)).toMatchObject({ bytes: 0 })
      expect(await store.head(to)).toMatchObject({ bytes: 0 })
    })

    it('says not found of an object that is not there, and makes none', async () => {
      const { store } = at()
      const to = newKey()
      await expectCode(store.copy(newKey(), to), 'not_found')
      expect(await store.head(to)).toBeNull()
    })
  })
}
