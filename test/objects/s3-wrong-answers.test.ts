import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { copyObject } from '../../lib/objects/s3/copy-object.ts'
import { openS3 } from '../../lib/objects/s3/open-s3.ts'
import { openPlace } from '../../lib/objects/s3/place.ts'
import { MIN_PART_BYTES, type ObjectStore } from '../../lib/ports/object-store.ts'
import { must } from '../contracts/harness.ts'
import {
  expectBytes,
  expectCode,
  makeBytes,
  newKey,
  putAll,
  read,
  readText,
  text,
  uploadParts,
} from '../contracts/object-store/steps.ts'
import { element, xmlAnswer } from '../support/s3-server/answer.ts'
import { breakBody, change, changeText, loseAnswer, refuse } from '../support/s3-server/faults.ts'
import { type S3Server, startS3Server } from '../support/s3-server/start.ts'

let server: S3Server
let store: ObjectStore
beforeEach(async () => {
  server = await startS3Server()
  store = openS3(server.options)
})
afterEach(async () => {
  await store.close()
  await server.close()
})

describe('a body', () => {
  it.each([1, 100_000, 199_999])('that is cut after %i bytes gives those and then fails', async (at) => {
    const [key, body] = [newKey(), makeBytes(200_000)]
    await store.put(key, body)
    server.fail('GetObject', breakBody(at, 'cut'))
    const received: Uint8Array[] = []
    const reading = async () => {
      for await (const piece of must(await store.get(key)).body) received.push(piece)
    }
    await expectCode(reading(), 'unavailable')
    expectBytes(new Uint8Array(Buffer.concat(received)), body.subarray(0, at))
    server.recover()
    expectBytes(await read(store, key), body)
  })

  it('that is cut while nobody reads it fails at the next read', async () => {
    const key = newKey()
    await store.put(key, makeBytes(5_000_000))
    server.fail('GetObject', breakBody(3_000_000, 'cut'))
    const { body } = must(await store.get(key))
    const reader = body.getReader()
    await reader.read()
    await server.close()
    const rest = async () => {
      while (!(await reader.read()).done);
    }
    await expectCode(rest(), 'unavailable')
    server = await startS3Server()
  })

  it('that falls silent fails, and the connection is let go of', async () => {
    const key = newKey()
    await store.put(key, makeBytes(200_000))
    server.fail('GetObject', breakBody(100_000, 'silence'))
    const impatient = openS3({ ...server.options, timeoutMs: 300 })
    await expectCode(read(impatient, key), 'unavailable')
    await impatient.close()
  })

  it('may be read as slowly as one likes', async () => {
    const [key, body] = [newKey(), makeBytes(3_000_000)]
    await store.put(key, body)
    const impatient = openS3({ ...server.options, timeoutMs: 2000 })
    const pieces: Uint8Array[] = []
    for await (const piece of must(await impatient.get(key)).body) {
      if (pieces.length === 0) await new Promise((passed) => setTimeout(passed, 3000))
      pieces.push(piece)
    }
    expectBytes(new Uint8Array(Buffer.concat(pieces)), body)
    await impatient.close()
  })

  it('that nobody reads keeps no other question waiting, however many there are', async () => {
    const key = newKey()
    await store.put(key, makeBytes(1_000_000))
    const held = await Promise.all(Array.from({ length: 60 }, () => store.get(key)))
    expect(await store.head(key)).toMatchObject({ bytes: 1_000_000 })
    await Promise.all(held.map((found) => must(found).body.cancel()))
  })

  it('of another range than was asked for is refused', async () => {
    const key = newKey()
    await store.put(key, text('0123456789'))
    const ask = () => store.get(key, { range: { start: 2, end: 4 } })
    const headers = (range: Record<string, string>) =>
      change((right) => ({ headers: { ...right.headers, ...range } }))
    for (const wrong of ['bytes 1-3/10', 'bytes 2-5/10', 'bytes 2-4/*', 'nonsense']) {
      server.fail('GetObject', headers({ 'content-range': wrong }), 1)
      await expectCode(ask(), 'unavailable')
    }
    server.fail('GetObject', (perform, asked) => {
      delete asked.headers.range
      return perform()
    })
    await expectCode(ask(), 'unavailable')
  })
})

describe('an answer that is lost', () => {
  it('of a put: it is done once, as sent', async () => {
    const key = newKey()
    server.fail('PutObject', loseAnswer(), 2)
    expect(await store.put(key, text('sent'))).toMatchObject({ bytes: 4 })
    expect(await readText(store, key)).toBe('sent')
  })

  it.each([[[]], [[refuse(409, 'ConditionalRequestConflict')]]])(
    'of a put with ifAbsent: what it made (%# conflicts after it)',
    async (faults) => {
      const key = newKey()
      for (const fault of [loseAnswer(), ...faults]) server.fail('PutObject', fault, 1)
      const made = await store.put(key, text('sent'), { ifAbsent: true })
      expect(made).toEqual({ bytes: 4, etag: must(await store.head(key)).etag })
      expect(await readText(store, key)).toBe('sent')
      expect(await store.put(key, text('sent'), { ifAbsent: true })).toBeNull()
    },
  )

  it.each(['other', 'longer'])('of a put with ifAbsent where another is: null (%s)', async (there) => {
    const key = newKey()
    await store.put(key, text(there))
    server.fail('PutObject', loseAnswer(), 1)
    expect(await store.put(key, text('first'), { ifAbsent: true })).toBeNull()
    expect(await readText(store, key)).toBe(there)
  })

  it('of a put with ifAbsent, at a store whose etags are no MD5: null, for nothing tells whose it is', async () => {
    const key = newKey()
    server.fail('PutObject', loseAnswer(), 1)
    server.fail(
      'HeadObject',
      change(({ headers }) => ({ headers: { ...headers, etag: '"of-another-kind"' } })),
    )
    expect(await store.put(key, text('sent'), { ifAbsent: true })).toBeNull()
  })

  it.each([false, true])('of the end of an upload: the object (ifAbsent: %s)', async (ifAbsent) => {
    const { upload, parts } = await uploadParts(store, newKey(), [makeBytes(MIN_PART_BYTES), text('end')])
    server.fail('CompleteMultipartUpload', loseAnswer(), 1)
    const made = await store.completeMultipart(upload, parts, { ifAbsent })
    expect(made).toEqual({ bytes: MIN_PART_BYTES + 3, etag: must(await store.head(upload.key)).etag })
  })

  it('of the end of an upload that had ended otherwise: not found', async () => {
    const { upload, parts } = await uploadParts(store, newKey(), [text('part')])
    await store.put(upload.key, text('another'))
    server.fail('CompleteMultipartUpload', refuse(503, 'SlowDown'), 1)
    server.fail('CompleteMultipartUpload', refuse(404, 'NoSuchUpload'))
    await expectCode(store.completeMultipart(upload, parts), 'not_found')
    expect(await readText(store, upload.key)).toBe('another')
  })

  it('of deletes, parts, copies and aborts: done', async () => {
    const key = newKey()
    await store.put(key, text('x'))
    for (const operation of ['DeleteObjects', 'UploadPart', 'CopyObject', 'AbortMultipartUpload'] as const) {
      server.fail(operation, loseAnswer(), 1)
    }
    expect(await store.copy(key, `${key}-copy`)).toMatchObject({ bytes: 1 })
    expect(await store.deleteMany([key])).toEqual([])
    const { upload, parts } = await uploadParts(store, key, [text('part')])
    expect(await store.listParts(upload)).toEqual(parts)
    await store.abortMultipart(upload)
    expect(await store.listMultiparts({ prefix: key })).toEqual([])
    expect(await readText(store, `${key}-copy`)).toBe('x')
  })
})

describe('a list', () => {
  const prefix = newKey('')
  beforeEach(() =>
    putAll(
      store,
      ['1', '2', '3', '4'].map((name) => prefix + name),
    ),
  )

  const lies: [string, (xml: string) => string][] = [
    ['not in order', (xml) => xml.replace('/2<', '/x<')],
    ['with a key twice', (xml) => xml.replace('/2<', '/1<')],
    ['of keys that were not asked for', (xml) => xml.replace(/<Key>[^<]*\/4</, '<Key>others/4<')],
    ['with more, but no way to go on', (xml) => xml.replace('>false</IsTr', '>true</IsTr')],
    ['without names', (xml) => xml.replace(/<Key>.*?<\/Key>/, '')],
    ['that is cut in the middle', (xml) => xml.slice(0, xml.length / 2)],
  ]
  it.each(lies)('%s is no list', async (_, lie) => {
    server.fail(
      'ListObjectsV2',
      changeText((xml) => lie(xml.replaceAll('%2F', '/'))),
    )
    await expectCode(store.list({ prefix }), 'unavailable')
    server.recover()
    expect(await store.list({ prefix })).toHaveLength(4)
  })

  it('that begins again from the front is no list', async () => {
    server.fail('ListObjectsV2', (perform, { query }) => {
      query.delete('start-after')
      return perform()
    })
    expect(await store.list({ prefix, limit: 2 })).toHaveLength(2)
    await expectCode(store.list({ prefix, limit: 2, startAfter: `${prefix}2` }), 'unavailable')
  })

  it('in small pages, some of them empty, is whole', async () => {
    let asked = 0
    server.fail('ListObjectsV2', (perform, { query }) => {
      query.set('max-keys', '1')
      if (++asked % 2) return perform()
      const token = element('NextContinuationToken', query.get('continuation-token') ?? '')
      return xmlAnswer('ListBucketResult', element('Name', 'runs') + element('IsTruncated', true) + token)
    })
    expect((await store.list({ prefix })).map(({ key }) => key)).toEqual(
      ['1', '2', '3', '4'].map((name) => prefix + name),
    )
  })
})

describe('a wrong answer', () => {
  it('of a part: what it would make is refused, and the upload can go on', async () => {
    const key = newKey()
    const upload = { key, uploadId: await store.createMultipart(key) }
    server.fail(
      'UploadPart',
      change(({ headers }) => ({ headers: { ...headers, etag: `"${'0'.repeat(32)}"` } })),
      1,
    )
    const wrong = await store.putPart(upload, 1, text('part'))
    await expectCode(store.completeMultipart(upload, [wrong]), 'invalid')
    expect(await store.head(key)).toBeNull()
    await store.completeMultipart(upload, await store.listParts(upload))
    expect(await readText(store, key)).toBe('part')
  })

  it.each(['CompleteMultipartUpload', 'CopyObject'] as const)(
    'of %s, an error that begins as a success',
    async (operation) => {
      const key = newKey()
      await store.put(`${key}-from`, text('x'))
      const { upload, parts } = await uploadParts(store, key, [text('part')])
      const body = new TextEncoder().encode(
        '<Error><Code>InternalError</Code><Message>later</Message></Error>',
      )
      server.fail(operation, () => ({ status: 200, headers: {}, body }))
      const ask = () =>
        operation === 'CopyObject' ? store.copy(`${key}-from`, key) : store.completeMultipart(upload, parts)
      await expectCode(ask(), 'unavailable')
      expect(await store.head(key)).toBeNull()
      server.recover()
      expect(await ask()).not.toBeNull()
    },
  )

  it('of a delete: each key that could not be removed, and each of which nothing is said', async () => {
    const prefix = newKey('')
    const [locked, silent, gone] = ['locked', 'silent', 'gone'].map((name) => prefix + name)
    const keys = [must(locked), must(silent), must(gone)]
    await putAll(store, keys)
    server.fail(
      'DeleteObjects',
      changeText((xml) =>
        xml
          .replace(`<Deleted><Key>${silent}</Key></Deleted>`, '')
          .replace(
            `<Deleted><Key>${locked}</Key></Deleted>`,
            `<Error><Key>${locked}</Key><Code>AccessDenied</Code><Message>it is locked</Message></Error>`,
          ),
      ),
    )
    expect(await store.deleteMany(keys)).toEqual([
      { key: locked, error: 'AccessDenied: it is locked' },
      { key: silent, error: 'the store did not say that it is removed' },
    ])
  })

  it('of a conditional put, that another is under way: asked again until it is over', async () => {
    const key = newKey()
    server.fail('PutObject', refuse(409, 'ConditionalRequestConflict'), 2)
    expect(await store.put(key, text('x'), { ifAbsent: true })).toMatchObject({ bytes: 1 })
    server.fail('PutObject', refuse(409, 'ConditionalRequestConflict'))
    await expectCode(store.put(`${key}2`, text('x'), { ifAbsent: true }), 'unavailable')
  })
})

describe('copying in parts', () => {
  it('makes the same object, and refuses one that changes meanwhile', async () => {
    const place = openPlace(server.options)
    const [from, body] = [newKey(), makeBytes(2 * MIN_PART_BYTES + 17)]
    const given = { contentType: 'text/csv', metadata: { n: '1' } }
    await store.put(from, body, given)
    const copied = await copyObject(place, from, `${from}-copy`, MIN_PART_BYTES)
    expect(copied.bytes).toBe(body.length)
    expectBytes(await read(store, `${from}-copy`), body)
    expect(await store.head(`${from}-copy`)).toMatchObject({ ...given, etag: copied.etag })
    expect(server.asked.filter((operation) => operation === 'UploadPartCopy')).toHaveLength(3)

    server.fail('UploadPartCopy', refuse(412, 'PreconditionFailed'))
    await expectCode(copyObject(place, from, `${from}-changed`, MIN_PART_BYTES), 'conflict')
    expect(await store.head(`${from}-changed`)).toBeNull()
    expect(await store.listMultiparts({ prefix: from })).toEqual([])
    place.client.destroy()
  })
})

describe('what it says', () => {
  it.each([
    [
      'a wrong secret',
      { secretAccessKey: 'not-the-secret-of-anyone' },
      /SignatureDoesNotMatch.*S3_SECRET_ACCESS_KEY/,
    ],
    ['a wrong key id', { accessKeyId: 'AKIDNOBODY' }, /InvalidAccessKeyId.*S3_ACCESS_KEY_ID/],
    ['a wrong region', { region: 'us-west-9' }, /S3_REGION/],
    ['a wrong bucket', { bucket: 'not-there' }, /not-there.*S3_BUCKET/],
    [
      'a wrong endpoint',
      { endpoint: 'http://someone:hidden-word@127.0.0.1:1' },
      /127\.0\.0\.1:1\b.*S3_ENDPOINT/,
    ],
  ])('of %s names what to correct, and no secret', async (_, wrong, sentence) => {
    const options = { ...server.options, ...wrong }
    const other = openS3(options)
    const error = await other.list({ prefix: '' }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      name: 'LedgerError',
      code: 'unavailable',
      message: expect.stringMatching(sentence),
    })
    const everything = inspect(error, { depth: 20, showHidden: true }) + other.name
    for (const secret of [options.secretAccessKey, 'hidden-word', 'Signature=']) {
      expect(everything).not.toContain(secret)
    }
    await other.close()
  })
})
