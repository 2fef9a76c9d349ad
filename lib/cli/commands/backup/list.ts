import type { Backup } from '../../../run/backup.ts'
import type { CommandDependencies } from '../../outside.ts'
import { relativeTime, spokenBytes } from '../../terminal/spoken-time.ts'
import { type Column, table } from '../../terminal/table.ts'
import { toJson } from '../../terminal/to-json.ts'
import { withVerbs } from '../../with-verbs.ts'

/** `backup list`: every backup, newest first. */
export async function backupListCommand(deps: CommandDependencies): Promise<number> {
  const { terminal, format } = deps
  const backups = await withVerbs(deps, (verbs) => verbs.listBackups())
  terminal.print(format === 'text' ? toText(backups, deps) : toJson(backups))
  return 0
}

function toText(backups: Backup[], { terminal, now }: CommandDependencies): string {
  if (backups.length === 0) return 'There is no backup. `runledger backup now` makes one.'
  const columns: Column<Backup>[] = [
    { head: 'ID', cell: ({ id }) => id },
    { head: 'STATUS', cell: ({ status }) => status },
    { head: 'TAKEN', cell: ({ takenAt }) => (takenAt === null ? '' : relativeTime(takenAt, now())), rank: 1 },
    { head: 'ROWS', cell: ({ rows }) => String(rows ?? ''), align: 'right', rank: 3 },
    {
      head: 'SIZE',
      cell: ({ bytes }) => (bytes === null ? '' : spokenBytes(bytes)),
      align: 'right',
      rank: 2,
    },
    { head: 'SCHEMA', cell: ({ schemaVersion }) => String(schemaVersion ?? ''), align: 'right', rank: 4 },
  ]
  return table(columns, backups, { width: terminal.width(), paint: terminal.paint })
}
