import { type FileHandle, open } from 'node:fs/promises'
import { getSystemErrorMessage } from 'node:util'
import { isArchiveFault } from '../../archive/archive-fault.ts'
import { checkArchive } from '../../archive/check-archive.ts'
import type { Codec } from '../../archive/codec.ts'
import { findCodec, MAGIC_BYTES } from '../../archive/find-codec.ts'
import { LedgerError } from '../../run/errors.ts'
import { exitCodeOf } from '../exit-code.ts'
import { plainLine } from '../terminal/plain-text.ts'
import { sendingBar } from '../terminal/sending-bar.ts'
import { spokenBytes, spokenInstant } from '../terminal/spoken-time.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { toJson } from '../terminal/to-json.ts'

export interface VerifyDependencies {
  terminal: Terminal
  json: boolean
}

/**
 * `verify`: reads an archive from its file, and compares every entry with the manifest in it. Needs no server and changes nothing.
 * Ends with 0 where it is whole, with 4 where it is not, saying what is wrong with it.
 */
export async function verifyCommand(path: string, { terminal, json }: VerifyDependencies): Promise<number> {
  const file = await openFile(path)
  try {
    const verified = { file: path, ...(await verify(file, path, terminal)) }
    terminal.print(json ? toJson({ ok: true, ...verified }) : toText(verified))
    return 0
  } catch (error) {
    if (!isArchiveFault(error)) throw error
    const { fault, entry, message } = error
    if (json) terminal.print(toJson({ ok: false, file: path, fault, entry, message }))
    else terminal.warn(`${path} is not whole: ${message}`)
    return exitCodeOf(error.code)
  } finally {
    terminal.status.draw(null)
    await file.close()
  }
}

type Verified = Awaited<ReturnType<typeof verify>> & { file: string }

async function verify(file: FileHandle, path: string, { status }: Terminal) {
  const { size } = await file.stat()
  const codec = await codecOf(file, path)
  const read = watched(file.createReadStream({ start: 0, autoClose: false }), (bytes) =>
    sendingBar(status, 'read', { sentBytes: bytes, bytes: size }),
  )
  const { manifest, ...archive } = await checkArchive(read, { codec })
  const { folder, run, entries, createdAt, tool } = manifest
  const unpackedBytes = entries.reduce((sum, { bytes }) => sum + bytes, 0)
  return {
    ...archive,
    compression: codec.name,
    folder,
    run: { id: run.id, kind: run.kind, state: run.state },
    entries: entries.length,
    unpackedBytes,
    createdAt,
    tool,
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    const file = await open(path)
    if ((await file.stat()).isFile()) return file
    await file.close()
  } catch (error) {
    throw toLedgerError(path, error)
  }
  throw new LedgerError('invalid', `${path} is no file`)
}

function toLedgerError(path: string, error: unknown): unknown {
  if (!(error instanceof Error && 'errno' in error && typeof error.errno === 'number')) return error
  const code = 'code' in error && error.code === 'ENOENT' ? 'not_found' : 'forbidden'
  return new LedgerError(code, `${path} cannot be read: ${getSystemErrorMessage(error.errno)}`)
}

async function codecOf(file: FileHandle, path: string): Promise<Codec> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(MAGIC_BYTES), 0, MAGIC_BYTES, 0)
  const codec = findCodec(buffer.subarray(0, bytesRead))
  if (codec !== null) return codec
  throw new LedgerError(
    'invalid',
    `${path} is no archive: it is compressed neither by gzip nor by bzip2 nor by xz`,
  )
}

async function* watched(
  source: AsyncIterable<Uint8Array>,
  tell: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of source) {
    yield chunk
    bytes += chunk.length
    tell(bytes)
  }
}

function toText({ file, run, ...archive }: Verified): string {
  const { entries, unpackedBytes, bytes, compression, sha256, createdAt, tool } = archive
  const lines = [
    ['run', `${run.id}, ${run.kind}, ${run.state}`],
    ['files', `${entries.toLocaleString('en')}, ${spokenBytes(unpackedBytes)}; each as the manifest says`],
    ['archive', `${spokenBytes(bytes)}, ${compression}, made ${spokenInstant(createdAt)} by ${tool}`],
    ['sha256', sha256],
  ]
  const shown = lines.map(([name = '', text = '']) => `  ${name.padEnd(8)} ${plainLine(text)}`)
  return [`${plainLine(file)} is whole`, ...shown].join('\n')
}
