import { afterEach, beforeEach, expect, it } from 'vitest'
import { probeStore } from '../../lib/objects/probe-store.ts'
import { openS3 } from '../../lib/objects/s3/open-s3.ts'
import type { ObjectStore } from '../../lib/ports/object-store.ts'
import type { Operation } from '../support/s3-server/asked.ts'
import { changeText, type Fault, refuse } from '../support/s3-server/faults.ts'
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

const CHECKS = ['reach', 'list', 'range', 'conditional', 'multipart', 'delete']

it('finds nothing wrong with a store that does as S3 does, and leaves nothing behind', async () => {
  const findings = await probeStore(store)
  expect(findings.map(({ check, ok }) => [check, ok])).toEqual(CHECKS.map((check) => [check, true]))
  expect(await store.list({ prefix: '' })).toEqual([])
  expect(await store.listMultiparts({ prefix: '' })).toEqual([])
})

const WRONG: [check: string, operation: Operation, fault: Fault, message: RegExp][] = [
  [
    'list',
    'ListObjectsV2',
    (perform, { query }) => {
      const after = query.get('start-after')
      if (after) query.set('start-after', `${after}/z`)
      return perform()
    },
    /leave out or repeat/,
  ],
  [
    'range',
    'GetObject',
    (perform, { headers }) => {
      delete headers.range
      return perform()
    },
    /another range/,
  ],
  [
    'conditional',
    'PutObject',
    (perform, { headers }) => {
      delete headers['if-none-match']
      return perform()
    },
    /If-None-Match is ignored/,
  ],
  ['multipart', 'CreateMultipartUpload', refuse(501, 'NotImplemented'), /501/],
  [
    'delete',
    'DeleteObjects',
    changeText((xml) =>
      xml.replace(/<Deleted>(.*?)<\/Deleted>/, '<Error>$1<Code>AccessDenied</Code></Error>'),
    ),
    /AccessDenied/,
  ],
]

it.each(WRONG)('finds what is wrong with %s, and cleans up', async (check, operation, fault, message) => {
  server.fail(operation, fault)
  const findings = await probeStore(store)
  expect(findings.map((finding) => finding.check)).toEqual(CHECKS)
  expect(findings.filter(({ ok }) => !ok)).toEqual([
    { check, ok: false, message: expect.stringMatching(message) },
  ])
  server.recover()
  expect(await store.list({ prefix: '' })).toEqual([])
})

it('has one finding where there is no store', async () => {
  server.fail('any', refuse(403, 'AccessDenied'))
  expect(await probeStore(store)).toEqual([
    { check: 'reach', ok: false, message: expect.stringMatching(/S3_ACCESS_KEY_ID/) },
  ])
})
