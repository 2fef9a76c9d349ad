import type { OpenStore } from '../../lib/ports/open-store.ts'
import type { NewOutput, Output } from '../../lib/ports/output-store.ts'
import { must } from './harness.ts'

export const FOUND = { bytes: 10, sha256: 'c'.repeat(64), etag: '"etag"' }

/** A file that an attempt is about to upload. */
export function newOutput(
  run: { id: string; fence: number },
  path: string,
  overrides: Partial<NewOutput> = {},
): NewOutput {
  return {
    runId: run.id,
    fence: run.fence,
    path,
    bytes: 10,
    sha256: null,
    contentType: 'text/csv',
    objectKey: `jobs/${run.id}/${run.fence}/${path}`,
    uploadId: null,
    ...overrides,
  }
}

/** Reserves and commits files of ten bytes, one after the other. */
export async function commitAll(
  store: OpenStore,
  run: { id: string; fence: number },
  ...paths: string[]
): Promise<Output[]> {
  const committed: Output[] = []
  for (const path of paths) {
    must(await store.outputs.reserve(newOutput(run, path)))
    committed.push(must(await store.outputs.commit({ runId: run.id, fence: run.fence, path }, FOUND)))
  }
  return committed
}
