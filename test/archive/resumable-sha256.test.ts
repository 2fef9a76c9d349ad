import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { ResumableSha256 } from '../../lib/archive/resumable-sha256.ts'
import { someBytes } from './make-archive.ts'

const native = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

it('is the SHA-256 of as many bytes as there are', () => {
  for (let bytes = 0; bytes <= 260; bytes++)
    expect(new ResumableSha256().update(someBytes(bytes)).digest('hex')).toBe(native(someBytes(bytes)))
  const large = someBytes(1_000_003)
  expect(new ResumableSha256().update(large).digest('hex')).toBe(native(large))
})

it('is the same where it was left at any byte and taken up again', () => {
  const bytes = someBytes(300)
  for (let at = 0; at <= bytes.length; at++) {
    const saved = new ResumableSha256().update(bytes.subarray(0, at)).save()
    const next = new ResumableSha256(saved)
    expect(next.save()).toBe(saved)
    for (let from = at; from < bytes.length; from += 7) next.update(bytes.subarray(from, from + 7))
    expect(next.digest('hex')).toBe(native(bytes))
    // Asked before the end, it goes on all the same.
    expect(next.update(bytes).digest('hex')).toBe(native(Buffer.concat([bytes, bytes])))
  }
})
