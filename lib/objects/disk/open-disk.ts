import { resolve } from 'node:path'
import type { ObjectStore } from '../../ports/object-store.ts'
import type { Signer } from '../../ports/signer.ts'
import { answerSigned } from './answer/answer-signed.ts'
import { deleteMany } from './delete-many.ts'
import { toDiskError } from './disk-error.ts'
import { openLayout } from './layout.ts'
import { listObjects } from './list-objects.ts'
import { diskObjects } from './objects.ts'
import { overwrite } from './overwrite.ts'
import { signUrls } from './signed-urls.ts'
import { diskUploads } from './uploads.ts'

export interface OpenDiskOptions {
  /** Made where it is missing. Any number of processes may have it open. */
  folder: string
  signer: Signer
  /** Where the server that answers the signed URLs is reached; null where there is none, and nothing is signed then. */
  baseUrl: (() => string) | null
}

/**
 * Objects in a folder: a file each, synced before it has its name. The file system must have hard links (they make
 * "only if absent" hold across processes), and a folder's names may be of any case and form on it.
 */
export async function openDisk(options: OpenDiskOptions): Promise<ObjectStore> {
  const { signer, baseUrl } = options
  const folder = resolve(options.folder)
  const layout = await openLayout(folder).catch((error: unknown) => {
    throw toDiskError(error, folder)
  })
  const store = {
    name: `the folder ${folder}`,
    ...guarded(
      {
        ...diskObjects(layout),
        ...diskUploads(layout),
        list: (query: Parameters<ObjectStore['list']>[0]) => listObjects(layout, query),
        deleteMany: (keys: string[]) => deleteMany(layout, keys),
        overwrite: (key: string) => overwrite(layout, key),
        ...signUrls(signer, baseUrl),
      },
      folder,
    ),
    close: async () => {},
  }
  return baseUrl === null ? store : { ...store, ...guarded({ answer: answerSigned(layout, signer) }, folder) }
}

/** The same methods, with what the file system throws as `unavailable`. */
function guarded<T extends object>(methods: T, folder: string): T {
  const guard =
    (work: (...given: unknown[]) => Promise<unknown>) =>
    async (...given: unknown[]) => {
      try {
        return await work(...given)
      } catch (error) {
        throw toDiskError(error, folder)
      }
    }
  return Object.fromEntries(Object.entries(methods).map(([name, work]) => [name, guard(work)])) as T
}
