import { createHash } from 'node:crypto'
import { ArchiveFault } from '../../archive/archive-fault.ts'
import { gunzip } from '../../archive/gzip.ts'
import type { Context } from '../../ports/context.ts'
import type { BackupFile } from '../../run/backup.ts'
import { backupPrefix } from '../../run/backup-key.ts'
import { LedgerError } from '../../run/errors.ts'
import { hashed } from '../objects/hashed.ts'

/** How many rows are given at once, and how long they are, about. */
const MOST_ROWS = 500
const MOST_CHARS = 1_000_000

/**
 * The rows of a table's file, some at a time. Throws `conflict`, naming it, for a file that is missing or not as the manifest says, at
 * the latest after its last row.
 */
export async function* readTable(
  ctx: Context,
  id: string,
  { file, ...expected }: BackupFile,
): AsyncGenerator<string[]> {
  const key = `${backupPrefix(id)}${file}`
  const damaged = (why: string, cause?: unknown) =>
    new LedgerError('conflict', `${key} ${why}; nothing was brought back`, { cause })
  const found = await ctx.objects.get(key)
  if (found === null) throw damaged('is missing')
  const hash = createHash('sha256')
  let rows = 0
  try {
    for await (const lines of inLines(gunzip(hashed(found.body, hash)))) {
      rows += lines.length
      yield lines
    }
  } catch (error) {
    throw error instanceof ArchiveFault ? damaged('is damaged', error) : error
  }
  if (found.bytes !== expected.bytes) throw damaged(`has ${found.bytes} bytes, not ${expected.bytes}`)
  if (hash.digest('hex') !== expected.sha256) throw damaged('is damaged: it has another SHA-256')
  if (rows !== expected.rows) throw damaged(`has ${rows} rows, not ${expected.rows}`)
}

async function* inLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder()
  let rest = ''
  let lines: string[] = []
  let chars = 0
  for await (const chunk of source) {
    const pieces = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = pieces.pop() ?? ''
    for (const line of pieces) {
      lines.push(line)
      chars += line.length
      if (lines.length < MOST_ROWS && chars < MOST_CHARS) continue
      yield lines
      lines = []
      chars = 0
    }
  }
  // The last line ends as every other, or something is missing: it counts as a row then, and is one too many.
  if (rest !== '') lines.push(rest)
  if (lines.length > 0) yield lines
}
