import type { Backup } from '../../../run/backup.ts'
import type { CommandDependencies } from '../../outside.ts'
import { printPages } from '../../terminal/print-pages.ts'
import { relativeTime, spokenBytes } from '../../terminal/spoken-time.ts'
import { type Column, table } from '../../terminal/table.ts'
import { withVerbs } from '../../with-verbs.ts'

/** `backup list`: every backup, newest first. */
export async function backupListCommand(deps: CommandDependencies): Promise<number> {
  const { terminal, format } = deps
  const backups = await withVerbs(deps, (verbs) => verbs.listBackups())
  if (format !== 'text') await printPages(one(backups), { terminal, format })
  else terminal.print(toText(backups, deps))
  return 0
}

async function* one(backups: Backup[]): AsyncGenerator<Backup[]> {
  yield backups
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
