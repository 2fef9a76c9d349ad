import { LIMITS } from '../../../../run/limits.ts'
import type { RunOutput } from '../../../../run/run-output.ts'
import type { CommandDependencies } from '../../../outside.ts'
import { dataOf, shownPart } from '../../../pages.ts'
import { printPages } from '../../../terminal/print-pages.ts'
import { relativeTime, spokenBytes } from '../../../terminal/spoken-time.ts'
import { withVerbs } from '../../../with-verbs.ts'
import { outputPages, type PagesOptions } from './output-pages.ts'

export interface LsOptions extends PagesOptions {
  all: boolean
  /** The command that gives the page after this cursor. */
  nextPage: (cursor: string) => string
}

/** `runs outputs ls`: the files that a run has produced. */
export async function lsCommand(
  { all, nextPage, limit = LIMITS.defaultPageSize, ...asked }: LsOptions,
  deps: CommandDependencies,
): Promise<number> {
  const { terminal, format } = deps
  return withVerbs(deps, async (verbs) => {
    const pages = outputPages(verbs, all ? asked : { ...asked, limit })
    if (format !== 'text') await printPages(dataOf(pages), { terminal, format })
    else {
      const { items: outputs, next } = await shownPart(pages, terminal, 'files')
      terminal.print(await toText(outputs, asked, deps))
      if (next !== null) terminal.hint(`\nThere are more: ${nextPage(next)}`)
    }
    return 0
  })
}

async function toText(
  outputs: RunOutput[],
  { id, cursor }: PagesOptions,
  { terminal, now }: CommandDependencies,
): Promise<string> {
  if (outputs.length === 0)
    return cursor === undefined ? `Run ${id} has produced no files.` : 'That was the last page.'
  const { table } = await import('../../../terminal/table.ts')
  return table(
    [
      { head: 'PATH', cell: ({ path }) => path },
      { head: 'SIZE', cell: ({ bytes }) => spokenBytes(bytes), align: 'right' },
      { head: 'TYPE', cell: ({ contentType }) => contentType, style: () => 'dim', min: 10, rank: 2 },
      {
        head: 'WHEN',
        cell: ({ createdAt }) => relativeTime(createdAt, now()),
        style: () => 'dim',
        rank: 1,
      },
    ],
    outputs,
    { width: terminal.width(), paint: terminal.paint },
  )
}
