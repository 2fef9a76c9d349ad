import { z } from 'zod'

/** The environment variables of the bucket. */
export const BucketVariables = {
  S3_BUCKET: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'The bucket for logs and files. Unset: a folder on disk; functions have none' }),
  S3_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({
      allowed: 'http://… or https://…',
      description: 'The store, where it is not AWS (R2, MinIO, Ceph)',
    }),
  S3_REGION: z
    .string()
    .regex(/^[a-z0-9-]+$/)
    .optional()
    .meta({
      allowed: 'a name like eu-central-1',
      description: 'The region of the bucket; `auto` on R2, `us-east-1` where there are none',
    }),
  S3_ACCESS_KEY_ID: z
    .string()
    .min(1)
    .optional()
    .meta({ secret: true, description: 'The key that may read, write and delete in the bucket' }),
  S3_SECRET_ACCESS_KEY: z.string().min(1).optional().meta({ secret: true, description: 'Its secret' }),
  S3_CHECKSUMS: z
    .enum(['supported', 'required'])
    .default('supported')
    .meta({ allowed: 'supported or required', description: '`required` for Ceph up to 18 and some others' }),
}

const NEEDED = ['S3_BUCKET', 'S3_REGION', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'] as const
type Bucket = { [name in (typeof NEEDED)[number] | 'S3_ENDPOINT']?: string | undefined }

/** Refuses half a bucket by the names that are missing: a server must not write to disk what was meant for the bucket. */
export function checkBucket({ value, issues }: z.core.ParsePayload<Bucket>): void {
  const isMeant = value.S3_ENDPOINT !== undefined || NEEDED.some((name) => value[name] !== undefined)
  // What is there and wrong is to be corrected first.
  if (!isMeant || issues.length > 0) return
  for (const name of NEEDED)
    if (value[name] === undefined)
      issues.push({
        code: 'custom',
        path: [name],
        input: undefined,
        message: `is missing: a bucket needs ${NEEDED.join(', ')}`,
      })
}
