import type { CommandDependencies } from '../../outside.ts'
import { toJson } from '../../terminal/to-json.ts'
import { withVerbs } from '../../with-verbs.ts'
import { sizeInWords } from './in-words.ts'

/** `backup restore`: brings a backup into the empty database at DATABASE_URL. */
export async function backupRestoreCommand(id: string, deps: CommandDependencies): Promise<number> {
  const { terminal, format } = deps
  const restored = await withVerbs(deps, (verbs) => verbs.restoreBackup({ id }))
  const told = `${restored.id} is brought back: ${sizeInWords(restored)}.`
  terminal.print(format === 'text' ? told : toJson(restored))
  return 0
}
