/** A stream as it is, and how many bytes of it have been read; `look` sees them as they pass. */
export function counted(
  source: AsyncIterable<Uint8Array>,
  look: (chunk: Uint8Array) => void = () => {},
): { stream: AsyncIterable<Uint8Array>; bytes(): number } {
  let bytes = 0
  async function* stream() {
    for await (const chunk of source) {
      bytes += chunk.length
      look(chunk)
      yield chunk
    }
  }
  return { stream: stream(), bytes: () => bytes }
}
