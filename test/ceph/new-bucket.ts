import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { inject } from 'vitest'
import type { S3Options } from '../../lib/objects/s3/settings.ts'
import { unique } from '../support/make.ts'

/** A bucket of the run's own Ceph that nobody else has. */
export async function newBucket(): Promise<S3Options> {
  const { endpoint, ...credentials } = inject('ceph')
  const [bucket, region] = [unique('runs').toLowerCase(), 'us-east-1']
  const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true })
  await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  s3.destroy()
  // Debian 12 has Ceph 16, which knows no newer checksums.
  return { bucket, endpoint, region, ...credentials, checksums: 'required' }
}
