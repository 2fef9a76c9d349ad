import type { ArchiveEntry } from '../run/archive-manifest.ts'

/** Gives the bytes of one file from `from` on. Not asked for a file that is empty. */
export type OpenEntry = (
  entry: ArchiveEntry,
  from: number,
) => AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>

/** What is read ahead: so many files, each no larger than this. 2 MiB of memory. */
const FILES_AHEAD = 8
const MOST_BYTES = 256 * 1_024

/**
 * Opens files in the order of the manifest, and reads those that are small before they are asked for: across a network, that is most
 * of the time that many small files take.
 */
export function openAhead(entries: ArchiveEntry[], open: OpenEntry): OpenEntry {
  const places = new Map(entries.map((entry, place) => [entry, place]))
  const read = new Map<ArchiveEntry, Promise<Uint8Array[]>>()
  const begin = (entry: ArchiveEntry) => {
    const chunks = collect(entry, open)
    // Told to who asks for it; nobody may.
    chunks.catch(() => {})
    read.set(entry, chunks)
  }
  return async (entry, from) => {
    const place = places.get(entry) ?? entries.length
    for (const next of entries.slice(place + 1, place + 1 + FILES_AHEAD))
      if (next.bytes > 0 && next.bytes <= MOST_BYTES && !read.has(next)) begin(next)
    const chunks = read.get(entry)
    read.delete(entry)
    return chunks === undefined ? open(entry, from) : inTurn(await chunks)
  }
}

async function collect(entry: ArchiveEntry, open: OpenEntry): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of await open(entry, 0)) {
    chunks.push(chunk)
    bytes += chunk.length
    // One that has more than it should is told by who compares it.
    if (bytes > entry.bytes) break
  }
  return chunks
}

async function* inTurn(chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}
