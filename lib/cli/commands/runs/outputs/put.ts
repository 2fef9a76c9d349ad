import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { LedgerError } from '../../../../run/errors.ts'
import type { CommandDependencies } from '../../../outside.ts'
import { plainLine } from '../../../terminal/plain-text.ts'
import { spokenBytes } from '../../../terminal/spoken-time.ts'
import { toJson } from '../../../terminal/to-json.ts'
import { TransferBar } from '../../../terminal/transfer-bar.ts'
import { untilInterrupted } from '../../../until-interrupted.ts'
import { withVerbs } from '../../../with-verbs.ts'

export interface PutOptions {
  id: string
  file: string
  /** What it is called among the run's files. Undefined: as on this machine. */
  as?: string | undefined
  contentType?: string | undefined
  leaseToken: string | undefined
}

/** `runs outputs put`: adds a file to a run, in the name of whoever holds it; prints what it is called there. */
export function putCommand(options: PutOptions, deps: CommandDependencies): Promise<number> {
  return untilInterrupted(deps.terminal, (signal) => put(options, deps, signal))
}

async function put(
  { id, file, as, contentType, leaseToken }: PutOptions,
  deps: CommandDependencies,
  signal: AbortSignal,
): Promise<number> {
  const { terminal, format } = deps
  if (leaseToken === undefined)
    throw new LedgerError(
      'invalid',
      'only whoever holds the run can add to it: set RUNLEDGER_LEASE_TOKEN, or --lease-token, to the token of its claim',
    )
  const bytes = await lengthOf(file)
  const path = as ?? basename(file)
  const output = await withVerbs(deps, async (verbs) => {
    const bar = new TransferBar(terminal, bytes)
    try {
      return await verbs.uploadOutput(
        {
          id,
          leaseToken,
          path,
          bytes,
          sha256: await sha256Of(file),
          ...(contentType === undefined ? {} : { contentType }),
        },
        (start, end) => readPart(file, start, end),
        { onProgress: (sent) => bar.show(path, sent), signal },
      )
    } finally {
      bar.close()
    }
  })
  if (format !== 'text') terminal.print(toJson(output))
  else {
    terminal.print(plainLine(output.path))
    terminal.hint(`${spokenBytes(output.bytes)}. All of its files: runledger runs outputs ls ${id}`)
  }
  return 0
}

async function lengthOf(file: string): Promise<number> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(file, error)
  })
  if (!found.isFile()) throw new LedgerError('invalid', `${file} is no file`)
  return found.size
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of readPart(file, 0, Number.POSITIVE_INFINITY)) hash.update(piece)
  return hash.digest('hex')
}

async function* readPart(file: string, start: number, end: number): AsyncGenerator<Uint8Array> {
  if (start === end) return
  try {
    yield* createReadStream(file, { start, end: end - 1, highWaterMark: 256 * 1024 })
  } catch (error) {
    throw unreadable(file, error as NodeJS.ErrnoException)
  }
}

function unreadable(file: string, { code, message }: NodeJS.ErrnoException): LedgerError {
  const why = code === 'ENOENT' ? 'there is no such file' : (message.split(',')[0] ?? message)
  return new LedgerError('invalid', `${file} cannot be read: ${why}`)
}
