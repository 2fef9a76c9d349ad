import { openS3 } from '../../lib/objects/s3/open-s3.ts'
import type { S3Options } from '../../lib/objects/s3/settings.ts'
import type { ObjectHarness } from '../contracts/object-store.contract.ts'

/** Instances on one bucket for one suite; `drop` ends the server, if it is to end. */
export function s3Harness(options: S3Options, drop: () => Promise<void>): ObjectHarness {
  const store = openS3(options)
  const opened = [store]
  return {
    store,
    another: async () => {
      const other = openS3(options)
      opened.push(other)
      return other
    },
    send: fetch,
    close: async () => {
      await Promise.all(opened.map((each) => each.close()))
      await drop()
    },
  }
}
