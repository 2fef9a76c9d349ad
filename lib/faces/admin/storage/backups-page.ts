import { html } from 'hono/html'
import { listBackups } from '../../../ledger/backups/list-backups.ts'
import { builtinAtWork, triggerBuiltin } from '../../../ledger/cron/trigger-builtin.ts'
import type { Backup } from '../../../run/backup.ts'
import type { Page } from '../page.ts'
import { empty, panel, table } from '../parts/blocks.ts'
import { actionButton } from '../parts/form.ts'
import { badge } from '../parts/state-badge.ts'
import { ago, time } from '../parts/times.ts'
import { bytes, count } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { sayNext } from '../session/cookies.ts'
import { atWorkNote } from './at-work.ts'
import { storageFrame } from './storage-frame.ts'

const BACKUP = 'backupLedger'
const REFRESH_SECONDS = 5

export const backupsPages: Page[] = [
  {
    method: 'get',
    path: paths.backups,
    scope: 'admin',
    isLive: true,
    async handler({ ctx, reader }) {
      const [backups, atWork] = await Promise.all([listBackups(ctx), builtinAtWork(ctx, { builtin: BACKUP })])
      return {
        title: 'Backups',
        section: 'storage',
        ...(atWork === null ? {} : { refresh: REFRESH_SECONDS }),
        body: storageFrame(
          'Backups',
          'backups',
          html`${atWork === null ? '' : atWorkNote(reader, atWork, 'The ledger is being backed up')}
          ${panel(
            'Copies of all tables',
            backups.length === 0
              ? empty(
                  'There is no backup yet',
                  html`The cron job <code>weekly-backup</code> makes one a week, once somebody enables it; or make one now. It holds
                    the tables, not the objects of runs.`,
                )
              : backupsTable(reader, backups),
            { aside: actionButton(reader, { to: paths.backups, label: 'Back up now', tone: 'main' }) },
          )}
          <p class="hint">
            One is brought back into an empty database with <code>runledger backup restore &lt;id&gt;</code>. The oldest go once
            there are more than <code>BACKUPS_KEPT</code>.
          </p>`,
        ),
      }
    },
  },
  {
    method: 'post',
    path: paths.backups,
    scope: 'admin',
    async handler({ c, ctx }) {
      const { job } = await triggerBuiltin(ctx, { builtin: BACKUP })
      sayNext(c, `${job.name} was triggered: the backup begins with the next dispatch`)
      return c.redirect(paths.backups, 303)
    },
  },
]

const NONE = html`<span class="dim none">–</span>`
const TONES = { complete: 'good', incomplete: 'warn', unreadable: 'bad' } as const

function backupsTable(reader: Reader, backups: Backup[]) {
  const right = (name: string) => ({ name, right: true })
  return table({
    caption: 'Backups, newest first',
    fold: true,
    columns: ['Backup', 'Status', 'Taken', right('Tables'), right('Rows'), right('Bytes'), 'By'],
    rows: backups.map(({ id, status, takenAt, tables, rows, bytes: size, tool }) => [
      html`<code>${id}</code>`,
      badge(status, TONES[status]),
      html`${time(reader, takenAt)} ${takenAt === null ? '' : html`<span class="dim">(${ago(reader, takenAt)})</span>`}`,
      tables === null ? NONE : count(tables),
      rows === null ? NONE : count(rows),
      size === null ? NONE : bytes(size),
      tool ?? NONE,
    ]),
  })
}
