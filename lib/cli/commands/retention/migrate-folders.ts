import type { CommandDependencies } from '../../outside.ts'
import { plainLine } from '../../terminal/plain-text.ts'
import { toJson } from '../../terminal/to-json.ts'
import { withVerbs } from '../../with-verbs.ts'

export interface MigrateFoldersOptions {
  rename: boolean
  dryRun: boolean
}

/** `retention migrate-folders`: names the folders of older runs, call after call until all have one. */
export async function migrateFoldersCommand(
  options: MigrateFoldersOptions,
  deps: CommandDependencies,
): Promise<number> {
  const { terminal, format } = deps
  return await withVerbs(deps, async (verbs) => {
    const total = await verbs.migrateFolders(options)
    while (total.more && !options.dryRun) {
      terminal.hint(`${total.named} named, ${total.renamed} renamed so far …`)
      const part = await verbs.migrateFolders(options)
      total.named += part.named
      total.renamed += part.renamed
      total.errors.push(...part.errors)
      total.more = part.more && part.named + part.renamed > 0
    }
    if (format !== 'text') terminal.print(toJson(total))
    else {
      const would = options.dryRun ? 'would be ' : ''
      terminal.print(`${total.named} folders ${would}named, ${total.renamed} files ${would}moved.`)
      for (const { item, message } of total.errors)
        terminal.warn(plainLine(item === null ? message : `${item}: ${message}`))
    }
    return total.errors.length === 0 ? 0 : 1
  })
}
