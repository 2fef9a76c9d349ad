import type { S3Options } from '../../../lib/objects/s3/settings.ts'
import type { StoreAddress } from '../../contracts/open-store.ts'

/** What a process that archives and restores is told. */
export interface Loop {
  address: StoreAddress
  s3: S3Options
  ids: string[]
  leaseSeconds: number
}
