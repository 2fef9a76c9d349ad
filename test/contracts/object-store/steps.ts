import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import type { ObjectStore, StoredPart, Upload } from '../../../lib/ports/object-store.ts'
import type { ErrorCode } from '../../../lib/run/errors.ts'
import { unique } from '../../support/make.ts'
import { must } from '../harness.ts'

export const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** A key below a prefix nobody else uses. */
export function newKey(name = 'file'): string {
  return `${unique('objects')}/${name}`
}

/** So many bytes without a pattern that a shifted or doubled block could hide in; the same for the same seed. */
export function makeBytes(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  let state = seed * 2654435761
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[at] = state >>> 24
  }
  return bytes
}

export function text(words: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(words)
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

export async function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of stream) pieces.push(piece)
  return new Uint8Array(Buffer.concat(pieces))
}

/** The whole object. */
export async function read(store: ObjectStore, key: string): Promise<Uint8Array> {
  return await readAll(must(await store.get(key)).body)
}

export async function readText(store: ObjectStore, key: string): Promise<string> {
  return new TextDecoder().decode(await read(store, key))
}

/** Expects these bytes, without printing megabytes where they are others. */
export function expectBytes(found: Uint8Array, expected: Uint8Array): void {
  expect({ bytes: found.length, sha256: sha256(found) }).toEqual({
    bytes: expected.length,
    sha256: sha256(expected),
  })
}

export async function expectCode(work: Promise<unknown>, code: ErrorCode): Promise<void> {
  await expect(work).rejects.toMatchObject({ name: 'LedgerError', code })
}

/** Puts many, some at a time. */
export async function putAll(store: ObjectStore, keys: string[], body = text('x')): Promise<void> {
  const left = [...keys]
  const putSome = async () => {
    for (let key = left.pop(); key !== undefined; key = left.pop()) await store.put(key, body)
  }
  await Promise.all(Array.from({ length: 10 }, putSome))
}

/** Every key below a prefix, page by page. */
export async function listAll(store: ObjectStore, prefix: string, limit = 1000): Promise<string[]> {
  const keys: string[] = []
  for (;;) {
    const startAfter = keys.at(-1)
    const page = await store.list({ prefix, limit, ...(startAfter === undefined ? {} : { startAfter }) })
    if (page.length === 0) return keys
    expect(page.length).toBeLessThanOrEqual(limit)
    keys.push(...page.map(({ key }) => key))
  }
}

export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** A new upload with these parts, numbered from 1. */
export async function uploadParts(
  store: ObjectStore,
  key: string,
  bodies: Uint8Array[],
): Promise<{ upload: Upload; parts: StoredPart[] }> {
  const upload = { key, uploadId: await store.createMultipart(key) }
  const parts: StoredPart[] = []
  for (const [n, body] of bodies.entries()) parts.push(await store.putPart(upload, n + 1, body))
  return { upload, parts }
}
