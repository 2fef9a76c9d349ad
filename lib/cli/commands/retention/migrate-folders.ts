import type { CommandDependencies } from '../../outside.ts'
import { plainLine } from '../../terminal/plain-text.ts'
import { toJson } from '../../terminal/to-json.ts'
import { withVerbs } from '../../with-verbs.ts'

export interface MigrateFoldersOptions {
  rename: boolean
  dryRun: boolean
}

/** `retention migrate-folders`: names the folders of older runs, call after call until all have one; ends with 1 where it did not get so far. */
export async function migrateFoldersCommand(
  options: MigrateFoldersOptions,
  deps: CommandDependencies,
): Promise<number> {
  const { terminal, format } = deps
  return await withVerbs(deps, async (verbs) => {
    const total = await verbs.migrateFolders(options)
    for (let moves = true; total.more && moves && !options.dryRun; ) {
      terminal.hint(`${total.named} named, ${total.renamed} renamed so far …`)
      const part = await verbs.migrateFolders(options)
      total.named += part.named
      total.renamed += part.renamed
      total.errors.push(...part.errors)
      total.more = part.more
      moves = part.named + part.renamed > 0
    }
    if (format !== 'text') terminal.print(toJson(total))
    else {
      const would = options.dryRun ? 'would be ' : ''
      terminal.print(`${total.named} folders ${would}named, ${total.renamed} files ${would}moved.`)
      for (const { item, message } of total.errors)
        terminal.warn(plainLine(item === null ? message : `${item}: ${message}`))
    }
    if (total.more) terminal.warn('time ran out, and more remains')
    return total.errors.length > 0 || (total.more && !options.dryRun) ? 1 : 0
  })
}
