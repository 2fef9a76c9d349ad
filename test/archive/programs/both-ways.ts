import { argv } from 'node:process'
import { codec } from '../../../lib/archive/codec.ts'
import { ArchiveCompression } from '../../../lib/run/archive-manifest.ts'

/** Compresses a word and reads each of these files (`codec:base64`) back, and prints what came of it, codec by codec. */
for (const given of argv.slice(2)) {
  const [name, file = ''] = given.split(':')
  const { member, decompress, readBack } = codec(ArchiveCompression.parse(name))
  const archive = Buffer.from(file, 'base64')
  const found = {
    made: await outcome(member(once(Buffer.from('hello')))),
    read: await outcome(decompress(once(archive))),
    readBack: await outcome(readBack(once(archive))),
  }
  console.log(JSON.stringify({ name, ...found, made: found.made === 'unavailable' ? found.made : 'made' }))
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function outcome(source: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of source) chunks.push(chunk)
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code)
    throw error
  }
  return Buffer.concat(chunks).toString('latin1')
}
