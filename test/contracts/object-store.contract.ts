import { afterAll, beforeAll, describe } from 'vitest'
import type { ObjectStore } from '../../lib/ports/object-store.ts'
import { must } from './harness.ts'
import { copyContract } from './object-store/copy.ts'
import { deleteContract } from './object-store/delete.ts'
import { getContract } from './object-store/get.ts'
import { keysContract } from './object-store/keys.ts'
import { listContract } from './object-store/list.ts'
import { multipartContract } from './object-store/multipart.ts'
import { multipartEndsContract } from './object-store/multipart-ends.ts'
import { presignGetContract } from './object-store/presign-get.ts'
import { presignPutContract } from './object-store/presign-put.ts'
import { putContract } from './object-store/put.ts'
import { streamContract } from './object-store/streams.ts'

/** An empty place of its own for one suite. */
export interface ObjectHarness {
  store: ObjectStore
  /** A second instance on the same place, as another process would open it. */
  another(): Promise<ObjectStore>
  /** Sends a request to a URL that the store has signed, as a stranger would. */
  send(request: Request): Promise<Response>
  /** Closes every instance and removes the place. */
  close(): Promise<void>
}

export type AtObjects = () => ObjectHarness

/** What `lib/ports/object-store.ts` promises, on one backend. */
export function describeObjectStore(name: string, open: () => Promise<ObjectHarness>): void {
  describe(`the object store on ${name}`, () => {
    let harness: ObjectHarness | undefined
    beforeAll(async () => {
      harness = await open()
    })
    afterAll(() => harness?.close())
    const at = () => must(harness)

    putContract(at)
    getContract(at)
    streamContract(at)
    listContract(at)
    keysContract(at)
    deleteContract(at)
    multipartContract(at)
    multipartEndsContract(at)
    copyContract(at)
    presignGetContract(at)
    presignPutContract(at)
  })
}
