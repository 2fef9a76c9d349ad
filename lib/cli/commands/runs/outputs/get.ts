import type { Verbs } from '../../../../client/verbs.ts'
import { LedgerError } from '../../../../run/errors.ts'
import type { RunOutput } from '../../../../run/run-output.ts'
import type { CommandDependencies } from '../../../outside.ts'
import { plainLine } from '../../../terminal/plain-text.ts'
import { printPages } from '../../../terminal/print-pages.ts'
import { spokenBytes } from '../../../terminal/spoken-time.ts'
import { TransferBar } from '../../../terminal/transfer-bar.ts'
import { untilInterrupted } from '../../../until-interrupted.ts'
import { withVerbs } from '../../../with-verbs.ts'
import { outputPages } from './output-pages.ts'
import { placeBelow, refuseExisting, saveFile } from './save-file.ts'

export interface GetOptions {
  id: string
  /** As they are listed; none: all. */
  paths: string[]
  folder: string
  /** What is there already is overwritten. */
  force: boolean
}

/**
 * `runs outputs get`: saves a run's files below a folder, each whole and as it was recorded, or not at all; prints where. Before
 * the first one it looks whether any of them is there already.
 */
export async function getCommand(options: GetOptions, deps: CommandDependencies): Promise<number> {
  const { folder, force } = options
  const { terminal, format } = deps
  return untilInterrupted(terminal, (signal) =>
    withVerbs(deps, async (verbs) => {
      const outputs = await wanted(verbs, options)
      for (const { path } of outputs) {
        const file = placeBelow(folder, path)
        if (!force) await refuseExisting(file)
      }
      const saved = save(verbs, outputs, { ...options, signal }, deps)
      if (format !== 'text') await printPages(pagesOf(saved), { terminal, format })
      else for await (const { file } of saved) terminal.print(plainLine(file))
      const bytes = outputs.reduce((sum, output) => sum + output.bytes, 0)
      if (format === 'text') terminal.hint(summary(outputs.length, bytes))
      return 0
    }),
  )
}

async function wanted(verbs: Verbs, { id, paths }: GetOptions): Promise<RunOutput[]> {
  const missing = new Set(paths.map((path) => path.normalize('NFC')))
  const found: RunOutput[] = []
  for await (const { data } of outputPages(verbs, { id })) {
    found.push(...(paths.length === 0 ? data : data.filter(({ path }) => missing.delete(path))))
    if (paths.length > 0 && missing.size === 0) break
  }
  const [first] = missing
  if (first !== undefined)
    throw new LedgerError(
      'not_found',
      `run ${id} has no output ${first}; see runledger runs outputs ls ${id}`,
    )
  return found
}

async function* save(
  verbs: Verbs,
  outputs: RunOutput[],
  { id, folder, force, signal }: GetOptions & { signal: AbortSignal },
  { terminal }: CommandDependencies,
): AsyncGenerator<RunOutput & { file: string }> {
  const total = outputs.reduce((sum, { bytes }) => sum + bytes, 0)
  const bar = new TransferBar(terminal, total)
  try {
    for (const output of outputs) {
      const onProgress = (bytes: number) => bar.show(output.path, bytes)
      const open = () => verbs.downloadOutput({ id, ...output }, { onProgress, signal })
      const file = await saveFile({ folder, path: output.path, force }, open)
      bar.finish(output.bytes)
      yield { ...output, file }
    }
  } finally {
    bar.close()
  }
}

async function* pagesOf<T>(items: AsyncIterable<T>): AsyncGenerator<T[]> {
  for await (const item of items) yield [item]
}

function summary(count: number, bytes: number): string {
  if (count === 0) return 'The run has produced no files.'
  return `${count} file${count === 1 ? '' : 's'}, ${spokenBytes(bytes)}`
}
