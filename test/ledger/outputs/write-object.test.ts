import { beforeAll, describe, expect, it } from 'vitest'
import { writeObject } from '../../../lib/ledger/objects/write-object.ts'
import type { ObjectStore } from '../../../lib/ports/object-store.ts'
import { must } from '../../contracts/harness.ts'
import type { ObjectHarness } from '../../contracts/object-store.contract.ts'
import { openDiskHarness } from '../../objects/disk-server.ts'

const MIB = 1024 * 1024
const GONE = new Error('the store is gone')
const fail = async () => {
  throw GONE
}

describe('writing an object of unknown length', () => {
  let harness: ObjectHarness | undefined
  beforeAll(async () => {
    harness = await openDiskHarness()
    return () => harness?.close()
  })

  /** A source without an end that says when it was let go of. */
  function watched() {
    const seen = { isEnded: false }
    async function* source(pieces: number) {
      try {
        for (let n = 0; n < pieces; n++) yield new Uint8Array(MIB)
      } finally {
        seen.isEnded = true
      }
    }
    return { seen, source }
  }

  it.each<[string, number, Partial<ObjectStore>]>([
    ['a small object cannot be put', 3, { put: fail }],
    ['an upload cannot be begun', 1_000, { createMultipart: fail }],
    ['the first part cannot be put', 1_000, { putPart: fail }],
    [
      'a later part cannot be put',
      1_000,
      {
        putPart: (upload, number, body) =>
          number > 2 ? fail() : must(harness).store.putPart(upload, number, body),
      },
    ],
    ['the parts cannot be put together', 20, { completeMultipart: fail }],
  ])('lets go of its source, and leaves nothing, where %s', async (_, pieces, failing) => {
    const { store } = must(harness)
    const { seen, source } = watched()
    const written = writeObject({ ...store, ...failing }, 'jobs/a/b', source(pieces), {})
    await expect(written).rejects.toBe(GONE)
    expect(seen).toEqual({ isEnded: true })
    expect(await store.head('jobs/a/b')).toBeNull()
    expect(await store.listMultiparts({ prefix: 'jobs/' })).toEqual([])
  })

  it('tells what failed, not what failed after that in ending the source', async () => {
    async function* source() {
      try {
        for (;;) yield new Uint8Array(MIB)
      } finally {
        await Promise.reject(new Error('the source does not end'))
      }
    }
    const { store } = must(harness)
    const written = writeObject({ ...store, createMultipart: fail }, 'jobs/a/b', source(), {})
    await expect(written).rejects.toBe(GONE)
  })
})
