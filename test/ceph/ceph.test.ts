import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { expect, inject, it } from 'vitest'
import { probeStore } from '../../lib/objects/probe-store.ts'
import { openS3 } from '../../lib/objects/s3/open-s3.ts'
import type { S3Options } from '../../lib/objects/s3/settings.ts'
import { describeObjectStore } from '../contracts/object-store.contract.ts'
import { unique } from '../support/make.ts'
import { s3Harness } from '../support/s3-harness.ts'

describeObjectStore('Ceph RGW', async () => s3Harness(await newBucket(), async () => {}))

it('the doctor finds nothing wrong with Ceph RGW', async () => {
  const store = openS3(await newBucket())
  const findings = await probeStore(store)
  expect(findings.filter(({ ok }) => !ok)).toEqual([])
  expect(await store.list({ prefix: '' })).toEqual([])
  await store.close()
})

async function newBucket(): Promise<S3Options> {
  const { endpoint, ...credentials } = inject('ceph')
  const [bucket, region] = [unique('runs').toLowerCase(), 'us-east-1']
  const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true })
  await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  s3.destroy()
  // Debian 12 has Ceph 16, which knows no newer checksums.
  return { bucket, endpoint, region, ...credentials, checksums: 'required' }
}
