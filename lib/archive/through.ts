import { type Duplex, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** What comes out of a transform that these bytes go through. Nothing is read faster than it is taken. */
export async function* through(
  source: AsyncIterable<Uint8Array>,
  transform: Duplex,
): AsyncGenerator<Uint8Array> {
  const fed = pipeline(Readable.from(source, { highWaterMark: 1 }), transform).catch(() => {
    // Told by the transform, which is destroyed with the same error.
  })
  try {
    for await (const chunk of transform) yield chunk
  } finally {
    transform.destroy()
    await fed
  }
}
