import { probeStore } from '../objects/probe-store.ts'
import type { ObjectStore } from '../ports/object-store.ts'

/** What nothing may be removed without: an archive that cannot be found, read or made rightly is none. */
const NEEDED = new Set(['reach', 'list', 'range', 'multipart', 'delete'])

/** Tries a store when first asked, and keeps the answer where it was good: what was wrong may have been the way to it. */
export function storeFaultsOf(objects: ObjectStore): () => Promise<string[]> {
  let trying: Promise<string[]> | undefined
  return async () => {
    trying ??= probe(objects)
    const faults = await trying.catch((error: unknown) => {
      trying = undefined
      throw error
    })
    if (faults.length > 0) trying = undefined
    return faults
  }
}

async function probe(objects: ObjectStore): Promise<string[]> {
  const findings = await probeStore(objects)
  return findings.flatMap(({ check, ok, message }) => (ok || !NEEDED.has(check) ? [] : [message]))
}
