import { expect, it } from 'vitest'
import { probeStore } from '../../lib/objects/probe-store.ts'
import { openS3 } from '../../lib/objects/s3/open-s3.ts'
import { describeObjectStore } from '../contracts/object-store.contract.ts'
import { s3Harness } from '../support/s3-harness.ts'
import { newBucket } from './new-bucket.ts'

describeObjectStore('Ceph RGW', async () => s3Harness(await newBucket(), async () => {}))

it('the doctor finds nothing wrong with Ceph RGW', async () => {
  const store = openS3(await newBucket())
  const findings = await probeStore(store)
  expect(findings.filter(({ ok }) => !ok)).toEqual([])
  expect(await store.list({ prefix: '' })).toEqual([])
  await store.close()
})
