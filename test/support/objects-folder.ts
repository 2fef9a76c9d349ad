import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ObjectStore } from '../../lib/ports/object-store.ts'
import { readConfig } from '../../lib/runtime/config.ts'
import { openObjects } from '../../lib/runtime/open-objects.ts'
import { makeTemporaryFolder } from './temporary-folder.ts'

/** Where an app of the tests says it is reached; `app.request` takes such a URL whole. */
export const PUBLIC_URL = 'http://runledger.test'

/** A place for objects, as a server has one in its data folder. */
export interface ObjectsFolder {
  /** Another instance on it. */
  open(secret: string): ObjectStore
  remove(): Promise<void>
}

export async function makeObjectsFolder(): Promise<ObjectsFolder> {
  const path = await makeTemporaryFolder()
  return {
    open: (secret) =>
      openObjects(readConfig({}, {}), { secret, folder: join(path, 'objects'), publicUrl: () => PUBLIC_URL }),
    remove: () => rm(path, { recursive: true, force: true, maxRetries: 20 }),
  }
}
