import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openS3 } from '../../lib/objects/s3/open-s3.ts'
import type { ObjectStore } from '../../lib/ports/object-store.ts'
import { expectCode, newKey, readText, text, uploadParts } from '../contracts/object-store/steps.ts'
import { type Fault, ignore, pretend, refuse } from '../support/s3-server/faults.ts'
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

/** The same bucket, for tests in which the server falls silent. */
async function impatient<T>(work: (store: ObjectStore) => Promise<T>): Promise<T> {
  const other = openS3({ ...server.options, timeoutMs: 300 })
  try {
    return await work(other)
  } finally {
    await other.close()
  }
}

/** Every question of the port, of an object and an upload that are there. */
const QUESTIONS: [
  name: string,
  ask: (store: ObjectStore, key: string, uploadId: string) => Promise<unknown>,
][] = [
  ['put', (at, key) => at.put(`${key}-new`, text('new'))],
  ['put with ifAbsent', (at, key) => at.put(`${key}-new`, text('new'), { ifAbsent: true })],
  ['get', async (at, key) => await readText(at, key)],
  ['head', (at, key) => at.head(key)],
  ['head of nothing', (at, key) => at.head(`${key}-none`)],
  ['list', (at, key) => at.list({ prefix: key })],
  ['deleteMany', (at, key) => at.deleteMany([key, `${key}-none`])],
  ['createMultipart', async (at, key) => typeof (await at.createMultipart(key))],
  ['putPart', (at, key, uploadId) => at.putPart({ key, uploadId }, 2, text('part'))],
  ['listParts', (at, key, uploadId) => at.listParts({ key, uploadId })],
  ['listMultiparts', (at, key) => at.listMultiparts({ prefix: key })],
  ['copy', (at, key) => at.copy(key, `${key}-copy`)],
  [
    'completeMultipart',
    async (at, key, uploadId) =>
      await at.completeMultipart({ key, uploadId }, await at.listParts({ key, uploadId })),
  ],
  ['abortMultipart', (at, key, uploadId) => at.abortMultipart({ key, uploadId })],
]

describe.each(QUESTIONS)('%s', (name, ask) => {
  let key: string
  let uploadId: string
  beforeEach(async () => {
    key = newKey()
    await store.put(key, text('was here'))
    uploadId = (await uploadParts(store, key, [text('part')])).upload.uploadId
  })

  const passing: [string, Fault][] = [
    ['503s', refuse(503, 'ServiceUnavailable')],
    ['500s', refuse(500, 'InternalError')],
    ['connections that are cut', ignore('cut')],
  ]
  it.each(passing)('goes well after two %s', async (_, fault) => {
    server.fail('any', fault, 2)
    const answer = await ask(store, key, uploadId)
    const other = newKey()
    await store.put(other, text('was here'))
    const { upload } = await uploadParts(store, other, [text('part')])
    expect(plain(answer, key)).toEqual(plain(await ask(store, other, upload.uploadId), other))
  })

  const lasting: [string, Fault][] = [
    ...passing,
    ['403s', refuse(403, 'AccessDenied')],
    ['missing buckets', refuse(404, 'NoSuchBucket')],
    ['answers of a proxy', pretend(502)],
    ['pages of a proxy that finds nothing', pretend(404)],
    // To an abort, S3 itself answers without a word.
    ...(name === 'abortMultipart'
      ? []
      : ([
          ['pages of a proxy', pretend(200)],
          ['answers without a word', pretend(200, '')],
        ] as [string, Fault][])),
  ]
  it.each(lasting)('throws unavailable after nothing but %s, and leaves all as it was', async (_, fault) => {
    server.fail('any', fault)
    await expectCode(ask(store, key, uploadId), 'unavailable')
    server.recover()
    expect((await store.list({ prefix: key })).map((object) => object.key)).toEqual([key])
    expect(await readText(store, key)).toBe('was here')
    expect(await store.listParts({ key, uploadId })).toHaveLength(1)
  })

  it('throws unavailable where the server says nothing', async () => {
    server.fail('any', ignore('silence'))
    await expectCode(
      impatient((other) => ask(other, key, uploadId)),
      'unavailable',
    )
  })

  it('throws unavailable where nobody listens', async () => {
    await server.close()
    await expectCode(ask(store, key, uploadId), 'unavailable')
    server = await startS3Server()
  })
})

/** An answer without what differs each time: keys, ids and times. */
function plain(answer: unknown, key: string): string {
  return JSON.stringify(answer ?? null)
    .replaceAll(key, 'KEY')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
}
