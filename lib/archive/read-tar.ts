import { type Extract, extract, type Header } from 'tar-stream'
import { ArchiveFault, isArchiveFault } from './archive-fault.ts'

/** One entry as it stands in a tar, whatever it is. Its bytes are to be read before the next entry is asked for. */
export interface TarEntry {
  header: Header
  body: AsyncIterable<Uint8Array>
}

/** The entries of a tar, one after the other, as another program than ours reads them. Throws an ArchiveFault for what is no tar. */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const tar = extract()
  const fed = feed(tar, source)
  try {
    for await (const entry of tar)
      yield { header: entry.header, body: bodyOf(entry.header.name, entry as AsyncIterable<Uint8Array>) }
  } catch (error) {
    throw toFault(error)
  } finally {
    tar.destroy()
    await fed
  }
}

/** What goes wrong in the middle of an entry is told with its name. */
async function* bodyOf(name: string, entry: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* entry
  } catch (error) {
    const fault = toFault(error)
    if (!isArchiveFault(fault) || fault.entry !== null) throw fault
    throw new ArchiveFault(fault.fault, `${fault.message}, in ${name}`, { entry: name, cause: fault })
  }
}

async function feed(tar: Extract, source: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const chunk of source) {
      if (!tar.write(chunk)) await drained(tar)
      if (tar.destroyed) return
    }
    tar.end(null)
  } catch (error) {
    tar.destroy(error instanceof Error ? error : new Error(String(error)))
  }
}

function drained(tar: Extract): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      tar.off('drain', done)
      tar.off('close', done)
      resolve()
    }
    tar.on('drain', done).on('close', done)
    if (tar.destroyed) done()
  })
}

function toFault(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  if (error.message === 'Unexpected end of data')
    return new ArchiveFault('truncated', 'the tar breaks off', { cause: error })
  if (/^(Invalid (tar )?header|Header exceeds)/.test(error.message))
    return new ArchiveFault('damaged', 'the tar has a header that cannot be read', { cause: error })
  return error
}
