import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { Verbs } from '../../client/verbs.ts'
import { isLedgerError, isPassing } from '../../run/errors.ts'
import type { SendOutputs } from '../../spool/send-end.ts'
import { messageOf } from '../program/option-names.ts'
import { plainLine } from '../terminal/plain-text.ts'
import { type OutputFile, outputFiles } from './output-files.ts'

export interface OutputSending {
  signal?: AbortSignal
  /** Told of each file that is no output, and why. */
  warn?: (message: string) => void
  onProgress?: (progress: OutputProgress) => void
}

export interface OutputProgress {
  files: number
  sentFiles: number
  bytes: number
  sentBytes: number
}

type Uploading = Pick<Verbs, 'uploadOutput'>

/**
 * What uploads the files of a folder as the outputs of a run. A file that is refused is told of, and the others go on; only what
 * may pass is thrown. Called again, it does what is left to do.
 */
export function outputSender(
  open: () => Uploading | Promise<Uploading>,
  { signal, warn, onProgress }: OutputSending = {},
): SendOutputs {
  const told = new Set<string>()
  const tell = (text: string) => {
    const message = plainLine(text)
    if (!told.has(message)) warn?.(`output ${message}`)
    told.add(message)
  }
  return async ({ id, leaseToken, folder }) => {
    const verbs = await open()
    const { files, leftOut } = await outputFiles(folder)
    leftOut.forEach(tell)
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
    let before = 0
    for (const [sentFiles, file] of files.entries()) {
      const show = (sent: number) =>
        onProgress?.({ files: files.length, sentFiles, bytes, sentBytes: before + sent })
      show(0)
      try {
        await upload(verbs, file, { id, leaseToken, signal, onProgress: show })
      } catch (error) {
        if (mayPass(error)) throw error
        tell(`${file.path} is not kept: ${messageOf(error)}`)
        // Whatever else there is, it is no longer ours to add; the end will say so.
        if (isLedgerError(error) && (error.code === 'lease_lost' || error.code === 'not_found')) return
      }
      before += file.bytes
    }
  }
}

async function upload(
  verbs: Uploading,
  { file, path, bytes }: OutputFile,
  { id, leaseToken, signal, onProgress }: UploadSetting,
): Promise<void> {
  const sha256 = await sha256Of(file, () => onProgress(0))
  await verbs.uploadOutput(
    { id, leaseToken, path, bytes, sha256 },
    (start, end) => readPart(file, start, end),
    {
      onProgress,
      ...(signal === undefined ? {} : { signal }),
    },
  )
}

interface UploadSetting {
  id: string
  leaseToken: string
  signal: AbortSignal | undefined
  onProgress: (sent: number) => void
}

/** Of the ledger, or of the key that asks; what is wrong with a file stays wrong. */
const mayPass = (error: unknown) =>
  isPassing(error) || (isLedgerError(error) && (error.code === 'unauthorized' || error.code === 'forbidden'))

async function sha256Of(file: string, onPiece: () => void): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(file, { highWaterMark: PIECE_BYTES })) {
    hash.update(piece)
    onPiece()
  }
  return hash.digest('hex')
}

const PIECE_BYTES = 256 * 1024

async function* readPart(file: string, start: number, end: number): AsyncGenerator<Uint8Array> {
  if (start === end) return
  yield* createReadStream(file, { start, end: end - 1, highWaterMark: PIECE_BYTES })
}
