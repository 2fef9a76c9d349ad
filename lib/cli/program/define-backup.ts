import type { Define } from './define.ts'
import { dependenciesOf, examples, IN_DATABASE, withCommonOptions } from './options.ts'

const ID = '2026-11-22T030000.000Z'

/** `runledger backup …` */
export const defineBackup: Define = (backup, outside, end) => {
  backup.addHelpText('after', examples('$ runledger backup', `$ runledger backup restore ${ID}`))

  const now = backup.command('now', { isDefault: true }).description('write all tables to the object store')
  withCommonOptions(now)
    .addHelpText('after', examples('$ runledger backup now --json'))
    .action(async (options) => {
      const { backupNowCommand } = await import('../commands/backup/now.ts')
      end(await backupNowCommand(dependenciesOf(outside, options, IN_DATABASE)))
    })

  withCommonOptions(backup.command('list').description('list the backups'), { list: true })
    .addHelpText('after', examples('$ runledger backup list', '$ runledger backup list --ndjson | jq -r .id'))
    .action(async (options) => {
      const { backupListCommand } = await import('../commands/backup/list.ts')
      end(await backupListCommand(dependenciesOf(outside, options, IN_DATABASE)))
    })

  const restore = backup
    .command('restore')
    .description('bring a backup into the empty, migrated database at DATABASE_URL')
    .argument('<id>', 'the id of the backup')
  withCommonOptions(restore)
    .addHelpText(
      'after',
      examples(
        '$ DATABASE_URL=postgres://… runledger migrate',
        `$ DATABASE_URL=postgres://… runledger backup restore ${ID}`,
      ),
    )
    .action(async (id, options) => {
      const { backupRestoreCommand } = await import('../commands/backup/restore.ts')
      end(await backupRestoreCommand(id, dependenciesOf(outside, options, IN_DATABASE)))
    })
}
