import type { FileHandle } from 'node:fs/promises'

/** Reads from the bytes of a file that count and the words that follow them, as from one. */
export async function readLog(
  { handle, fileBytes, tail }: { handle: FileHandle | null; fileBytes: number; tail: Buffer },
  offset: number,
  bytes: number,
): Promise<Buffer> {
  const fromFile = Math.max(0, Math.min(bytes, fileBytes - offset))
  const fromTail = Math.max(0, offset - fileBytes)
  const tailPart = tail.subarray(fromTail, fromTail + bytes - fromFile)
  if (!handle || fromFile === 0) return tailPart
  const buffer = Buffer.allocUnsafe(fromFile + tailPart.length)
  tailPart.copy(buffer, fromFile)
  for (let read = 0; read < fromFile; ) {
    const { bytesRead } = await handle.read(buffer, read, fromFile - read, offset + read)
    if (bytesRead === 0)
      throw new Error(`the spooled log ends at ${offset + read}, before its ${fileBytes} bytes`)
    read += bytesRead
  }
  return buffer
}
