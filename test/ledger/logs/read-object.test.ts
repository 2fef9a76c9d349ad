import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { STEP_BYTES, seekableGzip } from '../../../lib/archive/seekable-gzip.ts'
import { readObject } from '../../../lib/ledger/logs/read-object.ts'
import { writeObject } from '../../../lib/ledger/objects/write-object.ts'
import { openS3 } from '../../../lib/objects/s3/open-s3.ts'
import type { ObjectStore } from '../../../lib/ports/object-store.ts'
import { must } from '../../contracts/harness.ts'
import { openDiskHarness } from '../../objects/disk-server.ts'
import { startS3Server } from '../../support/s3-server/start.ts'

const KEY = 'logs/1-2-a.log.gz'
/** Compressed it comes in three parts. */
const TEXT = Buffer.concat(
  Array.from({ length: 300_000 }, (_, n) =>
    Buffer.from(`${n} ${createHash('sha512').update(String(n)).digest('hex').slice(0, 110)}\n`),
  ),
)

async function onDisk() {
  const harness = await openDiskHarness()
  return { store: harness.store, close: () => harness.close() }
}

async function onS3() {
  const server = await startS3Server()
  const store = openS3(server.options)
  return { store, close: () => store.close().then(() => server.close()) }
}

async function* pieces(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += 1_000_000) yield bytes.subarray(at, at + 1_000_000)
}

async function write(store: ObjectStore, bytes: Buffer) {
  const { packed, head } = seekableGzip(pieces(bytes), bytes.length)
  await writeObject(store, KEY, packed, { head })
}

/** The store, and how many bytes were asked of it. */
function counted(store: ObjectStore) {
  const asked = { bytes: 0 }
  const get: ObjectStore['get'] = async (key, options) => {
    const found = await store.get(key, options)
    const { start = 0, end = (found?.bytes ?? 0) - 1 } = options?.range ?? {}
    asked.bytes += Math.min(end, (found?.bytes ?? 0) - 1) - start + 1
    return found
  }
  return { asked, objects: { get } }
}

describe.each([
  ['disk', onDisk],
  ['S3', onS3],
])('a compressed log on %s', (_, open) => {
  let at: Awaited<ReturnType<typeof open>>
  const store = () => must(at).store
  const read = (from: number, to: number, objects: Pick<ObjectStore, 'get'> = store()) =>
    buffer(readObject(objects, KEY, { from, to }))
  beforeAll(async () => {
    at = await open()
  })
  afterAll(() => at.close())

  it('is one gzip member, in several parts of the store, the first of which comes last', async () => {
    await write(store(), TEXT)
    const stored = await buffer(must(await store().get(KEY)).body)
    expect(stored.length).toBeGreaterThan(16 * 1024 * 1024)
    expect(gunzipSync(stored).equals(TEXT)).toBe(true)
  })

  it('is read from anywhere, and little more than that is fetched', async () => {
    for (const from of [STEP_BYTES - 5, STEP_BYTES, 17 * STEP_BYTES + 99, TEXT.length - 32_768]) {
      const to = Math.min(from + 32_768, TEXT.length)
      const { asked, objects } = counted(store())
      expect((await read(from, to, objects)).equals(TEXT.subarray(from, to))).toBe(true)
      if (from >= STEP_BYTES) expect(asked.bytes).toBeLessThan(2 * STEP_BYTES)
    }
    const [from, to] = [3 * STEP_BYTES + 1, 30 * STEP_BYTES]
    expect((await read(from, to)).equals(TEXT.subarray(from, to))).toBe(true)
  })

  it('is refused where it ends before what it should have', async () => {
    await expect(read(TEXT.length - 10, TEXT.length + 10)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(read(0, TEXT.length + 10)).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('is refused where a step is not where the head tells of it, or does not unpack', async () => {
    const stored = await buffer(must(await store().get(KEY)).body)
    const moved = Buffer.from(stored)
    moved.writeUInt32LE(moved.readUInt32LE(20) + 1, 20)
    await store().put(KEY, moved)
    await expect(read(2 * STEP_BYTES, 2 * STEP_BYTES + 9)).rejects.toMatchObject({ code: 'unavailable' })
    const damaged = Buffer.from(stored).fill(0xff, 2_000_000, 3_000_000)
    await store().put(KEY, damaged)
    await expect(read(0, TEXT.length)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(read(3 * STEP_BYTES, 6 * STEP_BYTES)).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('is read from its beginning where it was made without steps', async () => {
    await store().put(KEY, gzipSync(TEXT.subarray(0, 3 * STEP_BYTES)))
    const [from, to] = [2 * STEP_BYTES + 7, 2 * STEP_BYTES + 100]
    expect((await read(from, to)).equals(TEXT.subarray(from, to))).toBe(true)
  })

  it('has longer steps where it is very long, and is read from within the first and from the next', async () => {
    const { packed, head } = seekableGzip(pieces(TEXT), 40_000 * STEP_BYTES)
    await writeObject(store(), KEY, packed, { head })
    for (const from of [STEP_BYTES + 9, 4 * STEP_BYTES - 5, 4 * STEP_BYTES, 9 * STEP_BYTES + 1])
      expect((await read(from, from + 99)).equals(TEXT.subarray(from, from + 99))).toBe(true)
  })

  it('is nothing where it is gone', async () => {
    await store().deleteMany([KEY])
    expect(await read(0, 9)).toEqual(Buffer.alloc(0))
    expect(await read(2 * STEP_BYTES, 2 * STEP_BYTES + 9)).toEqual(Buffer.alloc(0))
  })
})
