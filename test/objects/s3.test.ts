import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openS3 } from '../../lib/objects/s3/open-s3.ts'
import type { ObjectStore } from '../../lib/ports/object-store.ts'
import { expectCode, newKey, readText, text } from '../contracts/object-store/steps.ts'
import { describeObjectStore } from '../contracts/object-store.contract.ts'
import { s3Harness } from '../support/s3-harness.ts'
import type { Fault } from '../support/s3-server/faults.ts'
import { type S3Server, startS3Server } from '../support/s3-server/start.ts'

describeObjectStore('the S3 test server', async () => {
  const server = await startS3Server()
  return s3Harness(server.options, server.close)
})

describe.each([
  ['supported', 'x-amz-checksum-sha256'],
  ['required', 'content-md5'],
] as const)('where newer checksums are %s', (checksums, header) => {
  let server: S3Server
  let store: ObjectStore
  beforeAll(async () => {
    server = await startS3Server()
    store = openS3({ ...server.options, checksums })
  })
  afterAll(async () => {
    await store.close()
    await server.close()
  })

  /** What a network does that changes bytes on their way. */
  const spoil: Fault = (perform, asked) => {
    asked.body = Buffer.from('spoiled!')
    return perform()
  }

  it(`a put carries ${header} of those two alone; what arrives changed is refused`, async () => {
    const key = newKey()
    server.fail(
      'PutObject',
      (perform, { headers }) => {
        const sums = Object.keys(headers).filter((name) => /checksum|md5/.test(name))
        expect(sums).toEqual([header])
        return perform()
      },
      1,
    )
    await store.put(key, text('as sent'))
    server.fail('PutObject', spoil)
    await expectCode(store.put(key, text('as sent, again')), 'unavailable')
    server.recover()
    expect(await readText(store, key)).toBe('as sent')
  })

  it('a part that arrives changed is refused', async () => {
    const key = newKey()
    const upload = { key, uploadId: await store.createMultipart(key) }
    server.fail('UploadPart', spoil)
    await expectCode(store.putPart(upload, 1, text('as sent')), 'unavailable')
    server.recover()
    expect(await store.listParts(upload)).toEqual([])
  })

  it('a list of keys to delete that arrives changed is refused', async () => {
    const key = newKey()
    await store.put(key, text('still here'))
    server.fail('DeleteObjects', spoil)
    await expectCode(store.deleteMany([key]), 'unavailable')
    server.recover()
    expect(await readText(store, key)).toBe('still here')
    expect(await store.deleteMany([key])).toEqual([])
  })
})
