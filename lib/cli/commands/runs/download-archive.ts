import { stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Verbs } from '../../../client/verbs.ts'
import { LedgerError } from '../../../run/errors.ts'
import type { Run } from '../../../run/run.ts'
import type { CommandDependencies } from '../../outside.ts'
import { plainLine } from '../../terminal/plain-text.ts'
import { spokenBytes } from '../../terminal/spoken-time.ts'
import { toJson } from '../../terminal/to-json.ts'
import { TransferBar } from '../../terminal/transfer-bar.ts'
import { untilInterrupted } from '../../until-interrupted.ts'
import { withVerbs } from '../../with-verbs.ts'
import { refuseExisting, saveFile } from './outputs/save-file.ts'
import { archiveOrRestore } from './put-away.ts'

export interface DownloadOptions {
  id: string
  /** A file; or a folder, in which it gets the archive's own name. */
  to: string
  /** What is there already is overwritten. */
  force: boolean
}

/**
 * `runs archive --download`: saves a run's archive as one file, whole and as it was recorded, or not at all; prints where. A run that
 * is not archived is archived first.
 */
export function downloadArchiveCommand(options: DownloadOptions, deps: CommandDependencies): Promise<number> {
  const { terminal, format } = deps
  return untilInterrupted(terminal, (signal) =>
    withVerbs(deps, async (verbs) => {
      const run = await archived(verbs, options.id, deps, signal)
      const { name, bytes, sha256 } = archiveOf(run)
      const file = await save(verbs, { id: run.id, name, bytes, sha256 }, { ...options, signal }, deps)
      if (format !== 'text') terminal.print(toJson({ id: run.id, file, bytes, sha256 }))
      else {
        terminal.print(plainLine(file))
        terminal.hint(`${spokenBytes(bytes)}, as it was recorded. Each file in it: runledger verify ${file}`)
      }
      return 0
    }),
  )
}

/** Whoever may only read needs no more than that for what is archived already. */
async function archived(
  verbs: Verbs,
  id: string,
  deps: CommandDependencies,
  signal: AbortSignal,
): Promise<Run> {
  const run = await verbs.getRun({ id })
  if (run.storageState === 'archived' || run.storageState === 'restoring') return run
  return await archiveOrRestore('archive', { id, wait: true }, { verbs, deps, signal })
}

type Archive = Parameters<Verbs['downloadArchive']>[0]

function archiveOf({ id, archivePath, archiveBytes, archiveSha256 }: Run): Archive {
  if (archivePath === null || archiveBytes === null)
    throw new LedgerError('not_found', `run ${id} has no archive`)
  return { id, name: basename(archivePath), bytes: archiveBytes, sha256: archiveSha256 }
}

async function save(
  verbs: Verbs,
  archive: Archive,
  { to, force, signal }: DownloadOptions & { signal: AbortSignal },
  { terminal }: CommandDependencies,
): Promise<string> {
  const file = (await isFolder(to)) ? join(to, archive.name) : to
  if (!force) await refuseExisting(file)
  const bar = new TransferBar(terminal, archive.bytes)
  try {
    const onProgress = (bytes: number) => bar.show(archive.name, bytes)
    return await saveFile({ folder: dirname(file), path: basename(file), force }, () =>
      verbs.downloadArchive(archive, { onProgress, signal }),
    )
  } finally {
    bar.close()
  }
}

async function isFolder(path: string): Promise<boolean> {
  if (path.endsWith('/')) return true
  return (await stat(path).catch(() => null))?.isDirectory() ?? false
}
