import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

/** What one stream holds: as much as `bzip2 -9` puts into a block, before its first stage can make that longer. */
export const STREAM_BYTES = 900_000

/** Compresses up to `STREAM_BYTES` to one bzip2 stream, as `bzip2 -9` does. */
export type Bzip2Encoder = (block: Uint8Array) => Uint8Array

/** libbzip2, which is loaded once. The package's own loader would leave `require` and `__dirname` among the globals. */
export function openBzip2Encoder(): Promise<Bzip2Encoder> {
  opened ??= load()
  return opened
}

let opened: Promise<Bzip2Encoder> | undefined

const LEVEL = 9
/** As libbzip2's manual says: 1 % and 600 bytes more than what goes in. */
const MOST_COMPRESSED = Math.ceil(STREAM_BYTES * 1.01) + 600
const WORK_FACTOR = 30

interface Libbzip2 {
  memory: { buffer: ArrayBuffer }
  malloc(bytes: number): number
  BZ2_bzBuffToBuffCompress(
    to: number,
    toLength: number,
    from: number,
    fromLength: number,
    level: number,
    verbosity: number,
    workFactor: number,
  ): number
}

async function load(): Promise<Bzip2Encoder> {
  const file = createRequire(import.meta.url).resolve('bzip2-wasm/bzip2-1.0.8/bzip2.wasm')
  const refuse = () => {
    throw new Error('libbzip2 asked for what it must not need')
  }
  const copy = (to = 0, from = 0, bytes = 0) => {
    new Uint8Array(lib.memory.buffer).copyWithin(to, from, from + bytes)
    return to
  }
  const { instance } = await WebAssembly.instantiate<Libbzip2>(await readFile(file), {
    env: { exit: refuse, emscripten_memcpy_big: copy, emscripten_resize_heap: () => 0 },
    wasi_snapshot_preview1: { fd_close: refuse, fd_write: refuse, fd_seek: refuse },
  })
  const lib = instance.exports
  const from = lib.malloc(STREAM_BYTES)
  const to = lib.malloc(MOST_COMPRESSED)
  const toLength = lib.malloc(Uint32Array.BYTES_PER_ELEMENT)
  return (block) => {
    const memory = new DataView(lib.memory.buffer)
    new Uint8Array(lib.memory.buffer).set(block, from)
    memory.setUint32(toLength, MOST_COMPRESSED, true)
    const fault = lib.BZ2_bzBuffToBuffCompress(to, toLength, from, block.length, LEVEL, 0, WORK_FACTOR)
    if (fault !== 0) throw new Error(`libbzip2 failed with ${fault}`)
    return new Uint8Array(lib.memory.buffer).slice(to, to + memory.getUint32(toLength, true))
  }
}
