import type { ObjectStore } from '../ports/object-store.ts'
import { LedgerError } from '../run/errors.ts'
import type { Config } from './config.ts'
import { lazyObjects } from './lazy-objects.ts'
import { hkdfSigner } from './signer.ts'

export interface OpenObjectsOptions {
  /** Signs the URLs of objects on disk. */
  secret: string
  /** A folder of this process, where no bucket is configured; null where there is none that would outlast it. */
  folder: string | null
  /** Where this process answers for the objects in the folder; null where it answers nobody. */
  publicUrl: (() => string) | null
}

/** The bucket that is configured, else the folder, else a store that says what to configure; opened at its first use. */
export function openObjects(config: Config, { secret, folder, publicUrl }: OpenObjectsOptions): ObjectStore {
  if (config.S3_BUCKET !== undefined) return openBucket(config, config.S3_BUCKET)
  if (folder === null) return lazyObjects('nowhere', () => Promise.reject(nowhere()))
  const open = async () => {
    const { openDisk } = await import('../objects/disk/open-disk.ts')
    const signer = hkdfSigner(secret, config.RUNLEDGER_SECRET_PREVIOUS)
    return openDisk({ folder, signer, baseUrl: publicUrl })
  }
  return lazyObjects(`the folder ${folder}`, open, publicUrl !== null)
}

function openBucket(config: Config, bucket: string): ObjectStore {
  const { S3_ENDPOINT: endpoint, S3_REGION, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY, S3_CHECKSUMS } = config
  // The configuration has all of them where it has a bucket.
  const [region = '', accessKeyId = '', secretAccessKey = ''] = [
    S3_REGION,
    S3_ACCESS_KEY_ID,
    S3_SECRET_ACCESS_KEY,
  ]
  const keys = { accessKeyId, secretAccessKey }
  return lazyObjects(`the bucket ${bucket}`, async () => {
    const { openS3 } = await import('../objects/s3/open-s3.ts')
    return openS3({ bucket, endpoint, region, ...keys, checksums: S3_CHECKSUMS })
  })
}

function nowhere(): LedgerError {
  return new LedgerError(
    'unavailable',
    'set S3_BUCKET and its keys: there is nowhere here to keep logs and files',
  )
}
